import json
from pathlib import Path
from typing import Any

from rehearsal.faults import Fault
from rehearsal.live.mesh.resources import bootstrap, render, sidecar_socket, version_statistic
from rehearsal.live.mesh.topology import Destination, Rule, Service, Topology

FOLDER = Path("/run/envoy")
APEX = Service(
    "flagger_detail",
    ("detail.flagger",),
    (Rule((Destination("flagger_detail-primary", 90), Destination("flagger_detail-canary", 10))),),
    "127.9.0.1",
    (3000, 80),
)
TOPOLOGY = (
    Topology()
    .with_services([APEX])
    .with_clusters({"flagger_detail-primary": ("pod-1", "pod-2")})
    .with_pod("pod-1", 4001)
    .with_external("flagger_loadtester", "127.0.0.1", 9090)
)


def _resources(topology: Topology, name: str) -> dict[str, Any]:
    files = render(topology, FOLDER, "e1", 15001)
    return {r.get("name", r.get("cluster_name", "")): r for r in files[name]["resources"]}


def _pipe(name: str) -> dict[str, Any]:
    return {"pipe": {"path": sidecar_socket("e1", name)}}


def test_there_is_a_file_for_each_thing_that_changes_by_itself() -> None:
    assert set(render(TOPOLOGY, FOLDER, "e1", 0)) == {
        "cds.json",
        "lds.json",
        "rds-mesh.json",
        "rds-flagger_detail.json",
        "eds-flagger_detail-primary.json",
    }


def test_a_version_tells_what_a_file_says() -> None:
    before = render(TOPOLOGY, FOLDER, "e1", 0)
    moved = Service(
        APEX.name, APEX.hosts, (Rule((Destination("x", 100),)),), APEX.address, APEX.ports
    )
    after = render(TOPOLOGY.with_services([moved]), FOLDER, "e1", 0)
    changed = {n for n in before if before[n]["version_info"] != after[n]["version_info"]}
    assert changed == {"rds-mesh.json", "rds-flagger_detail.json"}


def test_each_file_has_its_statistic() -> None:
    assert version_statistic("cds.json") == "cluster_manager.cds.version_text"
    assert version_statistic("lds.json") == "listener_manager.lds.version_text"
    assert version_statistic("eds-a_b-primary.json") == "cluster.a_b-primary.version_text"
    assert version_statistic("rds-mesh.json") == "http.mesh.rds.mesh.version_text"
    assert version_statistic("rds-a_b.json") == "http.a_b.rds.a_b.version_text"


def test_a_service_is_reached_by_name_through_the_proxy_and_by_its_address() -> None:
    listeners = _resources(TOPOLOGY, "lds.json")
    assert set(listeners) == {"mesh", "flagger_detail", "pod-1"}
    own = listeners["flagger_detail"]
    assert own["address"]["socket_address"] == {"address": "127.9.0.1", "port_value": 3000}
    (more,) = own["additional_addresses"]
    assert more["address"]["socket_address"]["port_value"] == 80
    assert listeners["mesh"]["address"]["socket_address"]["port_value"] == 15001
    by_host = _resources(TOPOLOGY, "rds-mesh.json")["mesh"]["virtual_hosts"][0]["domains"]
    by_address = _resources(TOPOLOGY, "rds-flagger_detail.json")["flagger_detail"]
    assert by_host == ["detail.flagger"]
    assert by_address["virtual_hosts"][0]["domains"] == ["*"]


def test_weights_are_the_rules() -> None:
    (host,) = _resources(TOPOLOGY, "rds-mesh.json")["mesh"]["virtual_hosts"]
    clusters = host["routes"][0]["route"]["weighted_clusters"]["clusters"]
    assert [(c["name"], c["weight"]) for c in clusters] == [
        ("flagger_detail-primary", 90),
        ("flagger_detail-canary", 10),
    ]


def test_members_of_a_cluster_are_sidecars() -> None:
    (found,) = _resources(TOPOLOGY, "eds-flagger_detail-primary.json").values()
    addresses = [e["endpoint"]["address"] for e in found["endpoints"][0]["lb_endpoints"]]
    assert addresses == [_pipe("pod-1"), _pipe("pod-2")]


def _address(cluster: dict[str, Any]) -> Any:
    (endpoint,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    return endpoint["endpoint"]["address"]


def test_a_sidecar_leads_to_its_application_and_names_its_pod() -> None:
    clusters = _resources(TOPOLOGY, "cds.json")
    assert _address(clusters["pod-1"])["socket_address"]["port_value"] == 4001
    assert _address(clusters["flagger_loadtester"])["socket_address"]["port_value"] == 9090
    manager = _resources(TOPOLOGY, "lds.json")["pod-1"]["filter_chains"][0]["filters"][0]
    (header,) = manager["typed_config"]["route_config"]["response_headers_to_add"]
    assert header["header"] == {"key": "x-served-by", "value": "pod-1"}


def test_faults_stand_between_a_sidecar_and_its_application() -> None:
    faults = (Fault("delay", 10, delay_s=0.3), Fault("reset", 5))
    topology = TOPOLOGY.with_faults({"pod-1": faults})
    clusters = _resources(topology, "cds.json")
    assert _address(clusters["pod-1"]) == _pipe("pod-1-fault-0")
    assert _address(clusters["pod-1-fault-1"]) == _pipe("pod-1-fault-1")
    assert _address(clusters["pod-1-application"])["socket_address"]["port_value"] == 4001
    assert "reset" in clusters
    assert {"pod-1-fault-0", "pod-1-fault-1"} <= set(_resources(topology, "lds.json"))
    calm = topology.with_faults({})
    assert render(calm, FOLDER, "e1", 0) == render(TOPOLOGY, FOLDER, "e1", 0)


def test_tcp_is_split_by_connection() -> None:
    rule = Rule((Destination("a", 70), Destination("b", 0)))
    service = Service("n_db", ("db",), (rule,), "127.9.0.2", (5432,), tcp=True)
    files = render(Topology().with_services([service]), FOLDER, "e1", 0)
    assert "rds-n_db.json" not in files
    assert files["rds-mesh.json"]["resources"][0]["virtual_hosts"] == []
    listener = next(r for r in files["lds.json"]["resources"] if r["name"] == "n_db")
    proxy = listener["filter_chains"][0]["filters"][0]["typed_config"]
    assert proxy["weighted_clusters"]["clusters"] == [{"name": "a", "weight": 70}]


def test_a_service_without_an_address_has_no_listener() -> None:
    service = Service("n_x", ("x",), APEX.rules)
    listeners = _resources(Topology().with_services([service]), "lds.json")
    assert set(listeners) == {"mesh"}


def test_a_pod_that_goes_leaves_its_clusters() -> None:
    topology = TOPOLOGY.without_pod("pod-1")
    assert topology.pods == {}
    assert topology.clusters == {"flagger_detail-primary": ("pod-2",)}


def test_the_start_is_json_with_an_admin_socket() -> None:
    text = json.dumps(bootstrap(FOLDER, "e1", 0.125))
    assert "@rehearsal-e1-admin" in text
    assert '"stats_flush_interval": "0.125s"' in text
