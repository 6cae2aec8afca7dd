"""Provider `knative`: the traffic of a Knative service (flagger pkg/router/knative.go).

Its weights stand in the service itself, which is the target; the revision that stands for the
primary is named in an annotation.
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.routing import Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import envoy
from rehearsal.flagger.providers.router import Log

SERVICES = "services.serving.knative.dev"
LATEST = "latest"
"""The backend that stands for the revision created last."""


@dataclass(frozen=True)
class KnativeTraffic:
    """What Flagger notes on a Knative service: which revision is the primary."""

    primary_revision: str


class KnativeRouter:
    """Two traffic targets: the latest revision and the primary's."""

    def __init__(self, ports: Ports, log: Log) -> None:
        self._routes = ports.routes

    def reconcile(self, canary: Canary) -> None:
        """The target's initialisation has done everything."""

    def get(self, canary: Canary) -> Routing:
        service = self._read(canary)
        if service is None or not isinstance(service.content, KnativeTraffic):
            raise PortError(f"service {canary.target}.{canary.namespace} annotation not found")
        primary = service.content.primary_revision
        weights = {b.service: b.weight for rule in service.rules for b in rule.backends}
        if primary not in weights or LATEST not in weights:
            full = f"{canary.target}.{canary.namespace}"
            raise PortError(f"Knative Service {full} traffic spec invalid")
        return Routing(weights[primary], weights[LATEST])

    def set(self, canary: Canary, routing: Routing) -> Canary:
        service = self._read(canary)
        if service is None or not isinstance(service.content, KnativeTraffic):
            full = f"{canary.target}.{canary.namespace}"
            raise PortError(f"Knative Service {full} annotation not found")
        self._routes.write(knative_traffic(canary, service.content.primary_revision, routing))
        return canary

    def finalize(self, canary: Canary) -> None:
        """The annotation goes."""
        self._routes.delete(SERVICES, canary.target)

    def _read(self, canary: Canary) -> RoutingObject | None:
        return self._routes.read(SERVICES, canary.target)


def knative_traffic(canary: Canary, primary_revision: str, routing: Routing) -> RoutingObject:
    """The Knative service with these weights."""
    backends = (Backend(LATEST, routing.canary), Backend(primary_revision, routing.primary))
    return RoutingObject(
        SERVICES, canary.target, KnativeTraffic(primary_revision), (Rule(backends),)
    )


PROVIDERS = (
    Provider(
        "knative",
        KnativeRouter,
        envoy('envoy_cluster_name=~"{{ namespace }}/{{ route }}"'),
        resources=(SERVICES,),
    ),
)
