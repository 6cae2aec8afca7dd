from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.errors import UserError
from rehearsal.live.config import HostTarget
from rehearsal.live.hosts import is_cluster_host, parse_host_option, plan_hosts, split_host
from tests.rehearsal.specs import canary


def _hook(url: str = "http://flagger-loadtester.flagger/", cmd: str = "") -> dict[str, Any]:
    return {"name": "h", "url": url, "metadata": {"cmd": cmd}}


def _plan(*hooks: dict[str, Any], **given_hosts: HostTarget) -> Any:
    return plan_hosts([canary(webhooks=list(hooks))], given_hosts)


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        ("http://flagger-loadtester.flagger/", ("flagger-loadtester", "flagger")),
        ("http://flagger-loadtester.test:8080/gate/check", ("flagger-loadtester", "test")),
        ("http://tester/", ("tester", "flagger")),
        ("http://k6.load.svc.cluster.local/launch", ("k6", "load")),
    ],
)
def test_receivers_in_the_cluster_are_ours(url: str, receiver: tuple[str, str]) -> None:
    assert _plan(_hook(url)).receivers == (receiver,)


@pytest.mark.parametrize(
    "url",
    ["https://hooks.slack.com/x", "http://127.0.0.1:1/", "http://example.com", "http://[::1/x", ""],
)
def test_receivers_elsewhere_stay_where_they_are(url: str) -> None:
    assert _plan(_hook(url)).receivers == ()


@pytest.mark.parametrize(
    ("command", "unserved"),
    [
        ("hey -z 1m http://detail-canary.flagger:3000/", ()),
        ("hey http://detail:3000 && curl http://flagger-loadtester.flagger/", ()),
        ("curl https://api.example.com/x http://10.0.0.1/", ()),
        ("curl http://user:pw@database.prod:5432/x", ("database.prod",)),
        ("grpc_health_probe -addr=backend.test:9999", ("backend.test",)),
        ("ghz --insecure other.test.svc.cluster.local:80", ("other.test.svc.cluster.local",)),
        ("echo 12:30 a.b/c", ()),
    ],
)
def test_hosts_that_nobody_serves_are_named(command: str, unserved: tuple[str, ...]) -> None:
    assert _plan(_hook(cmd=command)).unserved == unserved


@pytest.mark.parametrize(
    "host",
    ["istio-ingressgateway.istio-system", "ingress-nginx-controller.ingress-nginx", "traefik.x"],
)
def test_gateways_lead_to_the_apex(host: str) -> None:
    plan = _plan(_hook(cmd=f"hey -host app.example.com http://{host}/"))
    assert plan.targets == (HostTarget(host, "apex"),)
    assert plan.unserved == ()


def test_what_the_user_says_comes_first() -> None:
    target = HostTarget("gateway.x", address=("127.0.0.1", 1))
    hooks = [_hook("http://gateway.x/", "curl http://gateway.x/")]
    plan = plan_hosts([canary(webhooks=hooks)], {"gateway.x": target})
    assert plan.targets == (target,)
    assert plan.receivers == ()


def test_hosts_of_the_service_are_served() -> None:
    subject = canary(
        {"service": {"port": 80, "hosts": ["shop.prod"]}},
        webhooks=[_hook(cmd="curl http://shop.prod/ http://front.flagger:1/")],
    )
    assert plan_hosts([subject], {}, ["front.flagger"]).unserved == ()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("a.b=apex", HostTarget("a.b", "apex")),
        ("a=canary", HostTarget("a", "canary")),
        ("a=http://127.0.0.1:8080/x", HostTarget("a", address=("127.0.0.1", 8080))),
        ("a=https://example.com", HostTarget("a", address=("example.com", 443))),
        ("a=localhost:99", HostTarget("a", address=("localhost", 99))),
    ],
)
def test_the_option_is_read(text: str, target: HostTarget) -> None:
    assert parse_host_option(text) == target


@pytest.mark.parametrize("text", ["", "a", "a=", "=apex", "a=http://[::1/", "a=x:99999", "a=//"])
def test_a_bad_option_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match="--host"):
        parse_host_option(text)


def test_a_host_has_a_name_and_a_namespace() -> None:
    assert split_host("a.b.svc", "x") == ("a", "b")
    assert split_host("a", "x") == ("a", "x")


def test_clusters_hosts_are_told_from_others() -> None:
    assert all(map(is_cluster_host, ("a", "a.b", "a.test", "a.b.svc", "a.b.svc.cluster.local")))
    assert not any(map(is_cluster_host, ("a.com", "1.2.3.4", "localhost", "a.b.c", "x.io")))


@given(st.text(max_size=300))
def test_any_command_can_be_searched(command: str) -> None:
    _plan(_hook(cmd=command))
