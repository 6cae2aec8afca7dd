"""Command lines, split as a shell would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.linting.rules.tasks import _why_it_passes
from rehearsal.webhooks.calls import Call, address_of
from rehearsal.webhooks.load_duration import duration_s
from rehearsal.webhooks.shell import commands


def words(text: str) -> list[str]:
    return [" ".join((*one.words, one.operator)).strip() for one in commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl -s a | grep 'x y'", ["curl -s a |", "grep x y"]),
        ("A=1 timeout 5 hey -z 1m http://a & sleep 3; true", None),
        ("bash -c 'curl -f a && hey b'; echo", ["curl -f a &&", "hey b ;", "echo"]),
        ("curl \\\n  -f a\nhey b", ["curl -f a ;", "hey b"]),
        ("( hey a ) && curl b", ["hey a )", "curl b"]),
        ("if curl -f a; then exit 0; fi", ["curl -f a ;", "exit 0 ;", "fi"]),
        ("curl 'unclosed", []),
        ("", []),
        ("x" * 30_000, []),
    ],
)
def test_commands(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["hey -z 1m http://a &", "sleep 3 ;", "true"]
    assert words(text) == expected


@given(st.text(st.sampled_from(" ab'\"\\|;&()\n-=$`<>"), max_size=80))
def test_no_text_is_a_traceback(text: str) -> None:
    for command in commands(text):
        assert command.words
        assert command.name is not None
    _why_it_passes(commands(text))


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("curl http://a", True),
        ("curl -s http://a", True),
        ("curl -sS -X GET http://a", True),
        ("wget -qO- http://a", False),
        ("curl -sf http://a", False),
        ("curl --fail http://a", False),
        ("curl -sSfL http://a", False),
        ("curl -s http://a | grep -q ok", False),
        ("curl -sf http://a | tee log", True),
        ("set -o pipefail; curl -sf http://a | tee log", False),
        ("set -euo pipefail; curl -s http://a | tee log", True),
        ("curl -s http://a | jq .x", True),
        ("curl -s http://a | jq -e .x", False),
        ("curl -sf http://a || true", True),
        ("curl -sf http://a; exit 0", True),
        ("curl -sf http://a || exit 1", False),
        ('test "$(curl -s http://a)" = ok', False),
        ("curl -s -o /dev/null -w '%{http_code}' http://a | grep 200", False),
        ("ghz --insecure http://a", False),
    ],
)
def test_curls_that_cannot_fail(text: str, passes: bool) -> None:
    assert bool(_why_it_passes(commands(text))) is passes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("hey -z 1m30s http://a", 90),
        ("hey -z=30s http://a", 30),
        ("wrk -d10 http://a", 10),
        ("wrk -d 1m http://a", 60),
        ("ghz --duration=15s a", 15),
        ("sleep 30", 30),
        ("hey -n 10 http://a", None),
        ("hey -z soon http://a", None),
        ("curl http://a", None),
    ],
)
def test_how_long_load_lasts(text: str, seconds: float | None) -> None:
    (command,) = commands(text)
    assert duration_s(command) == seconds


@pytest.mark.parametrize(
    ("url", "host", "port", "namespace"),
    [
        ("http://a.b/", "a.b", 80, "b"),
        ("http://a.b.svc.cluster.local:8080/x/", "a.b.svc.cluster.local", 8080, "b"),
        ("http://a:3000", "a", 3000, ""),
        ("https://app.example.com/", "app.example.com", 443, ""),
    ],
)
def test_addresses(url: str, host: str, port: int, namespace: str) -> None:
    address = address_of(url)
    assert (address.host, address.port, address.namespace) == (host, port, namespace)
    assert address.error == ""


@pytest.mark.parametrize("url", ["a.b/", "http://", "http://[::1/x", "http://a:b/", "ftp://a/", ""])
def test_what_is_no_address_is_said(url: str) -> None:
    assert address_of(url).error


def test_what_a_hook_asks_for() -> None:
    url = "http://flagger-loadtester.test/"
    load = Call(Webhook(name="l", url=url, metadata={"cmd": "hey -z 1m http://a.b/"}))
    assert load.is_task
    assert load.makes_load
    assert load.answers_at_once
    test = Call(Webhook(name="l", url=url, metadata={"type": "bash", "cmd": "curl -f http://a/"}))
    assert not test.makes_load
    assert not test.answers_at_once
    gate = Call(Webhook(name="g", url="http://gates.test/gate/check"))
    assert (gate.gate_route, gate.is_task) == ("/gate/check", False)
    other = Call(Webhook(name="o", url="http://decider.ci/"))
    assert not other.is_load_tester
