"""What providers generate, refuse, and read back."""

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.workloads import deadline_exceeded
from tests.rehearsal.specs import canary

REFS: dict[str, Any] = {
    "service": {"port": 80, "gatewayRefs": [{"name": "gateway"}]},
    "ingressRef": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "ing"},
    "routeRef": {"apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "name": "rt"},
}


def bootstrap(provider: str, **analysis: Any) -> Simulation:
    simulation = Simulation(canary({"provider": provider, **REFS}, **analysis), logs=True)
    simulation.tick()
    return simulation


GENERATED = {
    "istio": [
        "DestinationRule detail-canary.flagger created",
        "DestinationRule detail-primary.flagger created",
        "VirtualService detail.flagger created",
    ],
    "gatewayapi:v1": ["HTTPRoute detail.flagger created"],
    "gatewayapi:v1beta1": ["HTTPRoute detail.flagger created"],
    "linkerd": ["TrafficSplit detail.flagger created"],
    "smi:v1alpha2": ["TrafficSplit detail.flagger created"],
    "osm": ["TrafficSplit detail.flagger created"],
    "nginx": ["Ingress ing-canary.flagger created"],
    "skipper": ["Ingress ing-canary.flagger created"],
    "traefik": ["TraefikService detail.flagger created"],
    "contour": ["HTTPProxy detail.flagger created"],
    "gloo": ["RouteTable detail.flagger created"],
    "kuma": ["TrafficRoute detail created"],
    "apisix": ["APISIX route rt-detail-canary.flagger created"],
    "kubernetes": [],
}


@pytest.mark.parametrize("provider", GENERATED)
def test_generated_after_the_target_was_stopped(provider: str) -> None:
    lines = bootstrap(provider).events.lines
    stopped = lines.index("log Scaling down Deployment detail.flagger")
    logs = [f"log {text}" for text in GENERATED[provider]]
    assert lines[stopped + 1 :] == [*logs, "Normal Initialization done! detail.flagger"]


def test_the_first_app_mesh_api_has_a_node_for_the_apex() -> None:
    service = {"port": 80, "meshName": "mesh"}
    simulation = Simulation(canary({"provider": "appmesh", "service": service}), logs=True)
    simulation.tick()
    lines = simulation.events.lines
    created = [line.removeprefix("log ") for line in lines if "Virtual" in line]
    assert created == [
        "VirtualNode detail.flagger created",
        "VirtualNode detail-primary.flagger created",
        "VirtualNode detail-canary.flagger created",
        "VirtualService detail.flagger created",
        "VirtualService detail-canary.flagger created",
    ]


@pytest.mark.parametrize(
    ("provider", "missing", "text"),
    [
        (
            "gatewayapi:v1",
            "service",
            "GatewayRefs must be specified when using Gateway API as a provider.",
        ),
        ("nginx", "ingressRef", "ingress selector is empty"),
        ("skipper", "ingressRef", "ingress selector is empty"),
        ("apisix", "routeRef", "apisix route selector is empty"),
    ],
)
def test_missing_references(provider: str, missing: str, text: str) -> None:
    spec = {"provider": provider, **REFS}
    spec.pop(missing)
    simulation = Simulation(canary(spec))
    assert (
        simulation.ticks(2)
        == [["Normal all the metrics providers are available!", f"Warning {text}"]] * 2
    )


def test_istio_delegation_with_hosts() -> None:
    service = {"port": 80, "delegation": True, "hosts": ["h"]}
    simulation = Simulation(canary({"provider": "istio", "service": service}))
    assert simulation.tick()[-1] == (
        "Warning reconcileVirtualService failed: VirtualService detail.flagger cannot have hosts"
        " and gateways when delegation enabled"
    )


def test_unknown_providers_are_taken_for_istio() -> None:
    simulation = Simulation(canary({"provider": None}), flags=Flags(mesh_provider="gatewayapi"))
    simulation.detected()
    warnings = [line for line in simulation.events.logs if line.level == "warn"]
    assert {(line.msg, line.canary) for line in warnings} == {
        ("unknown mesh router provider 'gatewayapi', using istio", None)
    }


def test_istio_says_which_service_it_reads_without_a_canary_key() -> None:
    service = {"port": 80, "appProtocol": "TCP"}
    simulation = Simulation(canary({"provider": "istio", "service": service}))
    simulation.detected()
    uses = [line for line in simulation.events.logs if "uses" in line.msg]
    assert [(line.msg, line.canary) for line in uses] == [
        ("Canary detail.flagger uses TCP service", None)
    ]


@pytest.mark.parametrize(
    ("provider", "analysis", "mirrors"),
    [
        ("istio", {"stepWeight": 10}, True),
        ("istio", {"iterations": 3}, True),
        ("gatewayapi:v1", {"stepWeight": 10}, False),
        ("gatewayapi:v1", {"iterations": 3}, True),
        ("appmesh:v1beta2", {"iterations": 3}, False),
        ("nginx", {"stepWeight": 10}, False),
        ("traefik", {"stepWeight": 10}, False),
    ],
)
def test_who_mirrors(provider: str, analysis: dict[str, Any], mirrors: bool) -> None:
    simulation = bootstrap(provider, mirror=True, **analysis)
    simulation.new_revision()
    simulation.tick(2)
    assert simulation.routes.routing.mirrored is mirrors


def test_a_route_that_is_not_accepted_stops_the_tick() -> None:
    simulation = bootstrap("gatewayapi:v1")
    text = "HTTPRoute detail.flagger parent gateway is not ready (…)"
    simulation.routes.not_accepted = PortError(text)
    simulation.new_revision()
    not_ready = [f"Warning {text}"]
    assert simulation.ticks(2) == [not_ready, not_ready]
    simulation.routes.not_accepted = None
    assert simulation.tick() == ["Normal New revision detected! Scaling up detail.flagger"]


def test_after_failed_a_revision_seen_by_a_tick_that_ends_early_is_lost() -> None:
    simulation = bootstrap("gatewayapi:v1", threshold=1)
    simulation.new_revision()
    simulation.tick()
    simulation.store.put_status(replace(simulation.status, failed_checks=1))
    simulation.tick()
    assert simulation.status.phase == "Failed"
    simulation.routes.not_accepted = PortError("not accepted")
    simulation.new_revision("v3")
    assert simulation.tick() == ["Warning not accepted"]
    simulation.routes.not_accepted = None
    assert simulation.ticks(2) == [[], []]
    simulation.new_revision("v4")
    assert simulation.tick() == ["Normal New revision detected! Scaling up detail.flagger"]


def test_kubernetes_reads_its_iterations() -> None:
    simulation = bootstrap("kubernetes", iterations=3)
    simulation.new_revision()
    simulation.tick(2)
    assert simulation.routes.routing == Routing()
    simulation.tick()
    assert simulation.events.gauge_value("flagger_canary_weight", workload="detail") == 100


MISSING = {
    "istio": "VirtualService detail.flagger get query error"
    ' virtualservices.networking.istio.io "detail" not found',
    "gatewayapi:v1": "HTTPRoute detail.flagger get error:"
    ' httproutes.gateway.networking.k8s.io "detail" not found',
    "linkerd": "TrafficSplit detail.flagger get query error"
    ' trafficsplits.split.smi-spec.io "detail" not found',
    "traefik": "TraefikService detail.flagger query error:"
    ' traefikservices.traefik.io "detail" not found',
    "contour": "HTTPProxy detail.flagger query error:"
    ' httpproxies.projectcontour.io "detail" not found',
    "gloo": 'RouteTable detail.flagger query error: routetables.gateway.solo.io "detail" not found',
    "kuma": 'TrafficRoute detail get query error trafficroutes.kuma.io "detail" not found',
    "nginx": "ingress ing-canary.flagger get query error:"
    ' ingresses.networking.k8s.io "ing-canary" not found',
    "apisix": "apisix route rt-detail-canary.flagger query error:"
    ' apisixroutes.apisix.apache.org "rt-detail-canary" not found',
}


@pytest.mark.parametrize("provider", MISSING)
def test_a_bootstrap_that_fails_cannot_be_rolled_back(provider: str) -> None:
    """The object that holds the weights is generated only after the primary is ready."""
    simulation = Simulation(canary({"provider": provider, **REFS}))
    simulation.controller.sync()
    simulation.workloads.primary_problem = deadline_exceeded()
    for lines in simulation.ticks(2):
        assert lines[-1] == f"Warning {MISSING[provider]}"
    assert simulation.status.phase == "Initializing"


def test_app_mesh_has_its_objects_before_the_primary() -> None:
    simulation = Simulation(canary())
    simulation.controller.sync()
    simulation.workloads.primary_problem = deadline_exceeded()
    assert simulation.tick()[-1] == "Warning Canary failed! Scaling down detail.flagger"
