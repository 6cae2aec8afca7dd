from pathlib import Path
from typing import Any

from rehearsal.live.mesh.resources import bootstrap, render, sidecar_socket, version_statistic
from rehearsal.live.mesh.topology import RetryPolicy, Route, Topology

FOLDER = Path("/stage")
APEX = Route("detail", ("detail.flagger",), (("detail-primary", 95), ("detail-canary", 5)))


def _routes(topology: Topology) -> list[dict[str, Any]]:
    (configuration,) = render(topology, FOLDER, "s", 0)["rds.json"]["resources"]
    hosts: list[dict[str, Any]] = configuration["virtual_hosts"]
    return hosts


def _action(route: Route) -> dict[str, Any]:
    (host,) = _routes(Topology().with_route(route))
    action: dict[str, Any] = host["routes"][0]["route"]
    return action


def test_weights_of_the_apex() -> None:
    (host,) = _routes(Topology().with_route(APEX))
    assert host["domains"] == ["detail.flagger"]
    assert _action(APEX)["weighted_clusters"]["clusters"] == [
        {"name": "detail-primary", "weight": 95},
        {"name": "detail-canary", "weight": 5},
    ]


def test_app_mesh_names_of_retries_become_envoy_s() -> None:
    policy = RetryPolicy(2, 5.0, "gateway-error,client-error,stream-error")
    route = Route("a", ("a",), (("a", 100),), retry=policy)
    assert _action(route)["retry_policy"] == {
        "retry_on": "gateway-error,retriable-4xx,refused-stream",
        "num_retries": 2,
        "per_try_timeout": "5.0s",
    }


def test_a_mirror() -> None:
    route = Route("a", ("a",), (("a", 100),), mirror_to="a-canary")
    assert _action(route)["request_mirror_policies"] == [{"cluster": "a-canary"}]


def test_every_pod_has_a_sidecar_and_services_lead_to_them() -> None:
    topology = Topology().with_pod("detail-1", 8001).with_services({"detail-canary": ("detail-1",)})
    files = render(topology, FOLDER, "s", 15000)
    names = [listener["name"] for listener in files["lds.json"]["resources"]]
    assert names == ["mesh", "detail-1"]
    (assignment,) = files["eds-detail-canary.json"]["resources"]
    endpoint = assignment["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    assert endpoint["address"]["pipe"]["path"] == sidecar_socket("s", "detail-1")
    assert "eds-detail-canary.json" in str(files["cds.json"])


def test_a_pod_that_is_gone_leaves_no_trace() -> None:
    topology = Topology().with_pod("detail-1", 8001)
    assert render(topology.without_pod("detail-1"), FOLDER, "s", 0) == render(
        Topology(), FOLDER, "s", 0
    )


def test_a_version_is_what_the_file_says() -> None:
    one = render(Topology().with_route(APEX), FOLDER, "s", 0)
    same = render(Topology().with_route(APEX), FOLDER, "s", 0)
    other = render(Topology().with_route(APEX).with_pod("p", 1), FOLDER, "s", 0)
    assert one == same
    assert one["rds.json"]["version_info"] == other["rds.json"]["version_info"]
    assert one["cds.json"]["version_info"] != other["cds.json"]["version_info"]


def test_the_statistics_that_tell_a_version() -> None:
    names = [version_statistic(f) for f in ("cds.json", "rds.json", "lds.json", "eds-a.json")]
    assert names == [
        "cluster_manager.cds.version_text",
        "http.mesh.rds.mesh.version_text",
        "listener_manager.lds.version_text",
        "cluster.a.version_text",
    ]


def test_everything_listens_on_loopback_or_a_socket() -> None:
    text = str(render(Topology().with_pod("p", 1), FOLDER, "s", 0)) + str(
        bootstrap(FOLDER, "s", 0.1)
    )
    assert "0.0.0.0" not in text
    assert "'address': '127.0.0.1'" in text
