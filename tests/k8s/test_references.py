"""Whatever one object says about another is true: names, ports, selectors, hosts."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.k8s.cluster import (
    ADDONS,
    K8S,
    OVERLAYS,
    Container,
    Manifest,
    build,
    canary,
    containers,
    every_container,
    everything,
    of_kind,
    one,
)

EVERYTHING = everything()
# Whose Services these are: the overlay's comment says how they are installed.
ELSEWHERE = {
    "traefik.traefik": 80,
    "ingress-nginx-controller.ingress-nginx": 80,
    "prometheus.linkerd-viz": 9090,
}


def services(objects: tuple[Manifest, ...]) -> dict[str, set[int]]:
    """Every Service by the host name that finds it, Flagger's own three included."""
    found = {
        f"{item['metadata']['name']}.{item['metadata']['namespace']}": {
            port["port"] for port in item["spec"]["ports"]
        }
        for item in of_kind(objects, "Service")
    }
    for item in of_kind(objects, "Canary"):
        port = item["spec"]["service"]["port"]
        target, namespace = item["spec"]["targetRef"]["name"], item["metadata"]["namespace"]
        for suffix in ("", "-canary", "-primary"):
            found[f"{target}{suffix}.{namespace}"] = {port}
    return found | {host: {port} for host, port in ELSEWHERE.items()}


def addresses(objects: tuple[Manifest, ...]) -> Iterator[tuple[str, int]]:
    """Every host and port that a webhook, a command, a variable or a template names."""
    for item in of_kind(objects, "Canary"):
        for hook in item["spec"]["analysis"]["webhooks"]:
            for text in (hook["url"], hook["metadata"]["cmd"]):
                yield from urls(text)
    for item in of_kind(objects, "MetricTemplate"):
        yield from urls(item["spec"]["provider"]["address"])
    for container in containers(objects):
        for text in (*container.env.values(), *container.spec.get("args", [])):
            yield from urls(text)
        if address := container.env.get("AWS_XRAY_DAEMON_ADDRESS"):
            host, _, port = address.partition(":")
            yield host, int(port)


def urls(text: str) -> Iterator[tuple[str, int]]:
    for url in re.findall(r"https?://[^\s\"']+", text):
        parts = urlsplit(url)
        yield parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_host_is_a_service_with_that_port(overlay: str) -> None:
    known = services(EVERYTHING[overlay])
    named = set(addresses(EVERYTHING[overlay]))

    assert named, "nothing was found to check"
    assert {(host, port) for host, port in named if port not in known.get(host, ())} == set()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_finds_pods_that_listen(overlay: str) -> None:
    everyone = list(containers(EVERYTHING[overlay]))
    for service in of_kind(EVERYTHING[overlay], "Service"):
        selector = service["spec"]["selector"].items()
        chosen = [c for c in everyone if selector <= c.pod["metadata"]["labels"].items()]
        assert chosen, service["metadata"]["name"]
        for container in chosen:
            for port in service["spec"]["ports"]:
                assert port["targetPort"] in container.ports


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_workload_selects_its_own_pods(overlay: str) -> None:
    workloads = of_kind(EVERYTHING[overlay], "Deployment")
    for workload in workloads:
        selector = workload["spec"]["selector"]["matchLabels"].items()
        chosen = [
            other["metadata"]["name"]
            for other in workloads
            if selector <= other["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert chosen == [workload["metadata"]["name"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_autoscalers_and_canaries_name_deployments_that_exist(overlay: str) -> None:
    objects = EVERYTHING[overlay]
    deployments = {item["metadata"]["name"] for item in of_kind(objects, "Deployment")}
    scaled = {
        item["metadata"]["name"]: item["spec"]["scaleTargetRef"]["name"]
        for item in of_kind(objects, "HorizontalPodAutoscaler")
    }
    spec = canary(overlay)["spec"]

    assert set(scaled.values()) | {spec["targetRef"]["name"]} <= deployments
    assert scaled[spec["autoscalerRef"]["name"]] == spec["targetRef"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_canarys_port_is_one_of_its_targets(overlay: str) -> None:
    service = canary(overlay)["spec"]["service"]
    (detail,) = [c for c in containers(build(f"overlays/{overlay}")) if c.name == "detail/detail"]

    assert detail.port(service.get("targetPort", service["port"])) == service["port"]


def policies(objects: tuple[Manifest, ...]) -> Iterator[tuple[str, list[Container], Manifest]]:
    """Each policy's name, the containers it speaks of, and one of its rules."""
    for policy in of_kind(objects, "NetworkPolicy"):
        chosen = [c for c in containers(objects) if matches(policy["spec"]["podSelector"], c)]
        for rule in policy["spec"].get("ingress", []):
            yield policy["metadata"]["name"], chosen, rule


def matches(selector: Manifest, container: Container) -> bool:
    labels = container.pod["metadata"]["labels"]
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(
        labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", [])
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_policy_opens_ports_of_pods_that_exist(overlay: str) -> None:
    for name, chosen, rule in policies(EVERYTHING[overlay]):
        assert chosen, f"{name} selects nothing"
        for port in rule.get("ports", []):
            holders = [c for c in chosen if port["port"] in c.ports]
            assert holders, f"{name} opens {port['port']}, which nothing has"


def test_a_policy_that_guards_detail_guards_what_flagger_makes_of_it() -> None:
    for overlay in OVERLAYS:
        for policy in of_kind(build(f"overlays/{overlay}"), "NetworkPolicy"):
            for expression in policy["spec"]["podSelector"].get("matchExpressions", []):
                if "detail" in expression["values"]:
                    assert "detail-primary" in expression["values"], policy["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whoever_scrapes_or_probes_finds_a_declared_port(overlay: str) -> None:
    for container in containers(EVERYTHING[overlay]):
        notes = container.pod["metadata"].get("annotations", {})
        if "prometheus.io/port" in notes:
            assert int(notes["prometheus.io/port"]) in container.ports.values(), container.name
        for kind in ("livenessProbe", "readinessProbe"):
            probe = container.spec.get(kind, {})
            for way in ("httpGet", "tcpSocket"):
                if way in probe:
                    assert container.port(probe[way]["port"]), container.name


def test_volumes_mount_config_maps_that_are_generated() -> None:
    for addon in ADDONS:
        objects = build(f"addons/{addon}")
        maps = {item["metadata"]["name"] for item in of_kind(objects, "ConfigMap")}
        for container in containers(objects):
            volumes = {v["name"]: v for v in container.pod["spec"].get("volumes", [])}
            for mount in container.spec.get("volumeMounts", []):
                volume = volumes[mount["name"]]
                assert volume.get("configMap", {}).get("name") in {None, *maps}


def test_mesh_objects_refer_to_each_other_and_to_flaggers() -> None:
    objects = build("overlays/appmesh")
    nodes = {item["metadata"]["name"] for item in of_kind(objects, "VirtualNode")}
    virtual = [i for i in of_kind(objects, "VirtualService") if "appmesh" in i["apiVersion"]]
    names = {item["metadata"]["name"] for item in virtual} | {"detail", "detail-canary"}
    backends = {
        backend["virtualService"]["virtualServiceRef"]["name"]
        for node in of_kind(objects, "VirtualNode")
        for backend in node["spec"].get("backends", [])
    }
    (route,) = of_kind(objects, "GatewayRoute")
    target = route["spec"]["httpRoute"]["action"]["target"]["virtualService"]
    mesh = one(objects, "Mesh", "flagger")
    gateway = one(objects, "VirtualGateway", "ingress-gw")
    labels = one(objects, "Namespace", "flagger")["metadata"]["labels"].items()

    assert {
        i["spec"]["provider"]["virtualNode"]["virtualNodeRef"]["name"] for i in virtual
    } <= nodes
    assert backends <= names
    assert target["virtualServiceRef"]["name"] in names
    assert mesh["spec"]["namespaceSelector"]["matchLabels"].items() <= labels
    assert gateway["spec"]["namespaceSelector"]["matchLabels"].items() <= labels


def test_routes_lead_to_the_apex_that_flagger_weighs() -> None:
    ingress = one(build("overlays/nginx"), "Ingress", "detail")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    traefik = one(build("overlays/traefik"), "IngressRoute", "detail")
    (service,) = traefik["spec"]["routes"][0]["services"]
    gateway = canary("gatewayapi")["spec"]["service"]["gatewayRefs"][0]

    assert canary("nginx")["spec"]["ingressRef"]["name"] == "detail"
    assert backend == {"name": "detail", "port": {"number": 3000}}
    assert service == {"kind": "TraefikService", "name": "detail", "port": 3000}
    assert one(build("overlays/gatewayapi"), "Gateway", gateway["name"])


def test_templates_that_a_canary_names_are_beside_it() -> None:
    for overlay in OVERLAYS:
        there = {
            item["metadata"]["name"]
            for item in of_kind(build(f"overlays/{overlay}"), "MetricTemplate")
        }
        for metric in canary(overlay)["spec"]["analysis"]["metrics"]:
            if "templateRef" in metric:
                assert metric["templateRef"]["name"] in there
                # a template has no default interval: Prometheus would answer 400
                assert metric["interval"]
            else:
                assert metric["name"] in {"request-success-rate", "request-duration"}


def test_the_collector_listens_where_its_ports_are() -> None:
    config = one(build("addons/xray-collector"), "ConfigMap", config_map("addons/xray-collector"))
    text = config["data"]["config.yaml"]
    (collector,) = containers(build("addons/xray-collector"))

    assert {int(port) for port in re.findall(r"0\.0\.0\.0:(\d+)", text)} == set(
        collector.ports.values()
    )


def config_map(directory: str) -> str:
    (found,) = of_kind(build(directory), "ConfigMap")
    name: str = found["metadata"]["name"]
    return name


def test_nothing_is_left_out_of_a_kustomization() -> None:
    """A file that no kustomization names is a file that nobody applies."""
    for path in K8S.rglob("kustomization.yaml"):
        text = path.read_text()
        for other in path.parent.glob("*.y*ml"):
            assert other == path or other.name in text, other


def test_every_container_of_ours_is_known() -> None:
    programs = {container.program for container in every_container()} - {None}

    assert programs == {"detail", "frontend", "loadtester", "xray"}
