"""Provider `knative`: the traffic of a Knative service (flagger pkg/router/knative.go).

Weights stand in the service itself, which is the target: so many percent for the latest revision,
the rest for a revision by name. Which revision is the primary is noted in an annotation; between a
promotion and the next weights the annotation is ahead of the traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.routing import Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.controller.workload import KnativeStatus, Workload
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import envoy
from rehearsal.flagger.providers.router import Log
from rehearsal.flagger.providers.series import Labels, Subject, envoy_series

KNATIVE_SERVICES = "services.serving.knative.dev"


@dataclass(frozen=True)
class KnativeTraffic:
    """What Flagger writes into a Knative service.

    `primary_revision` is the annotation, `routed_revision` the one that the traffic names.
    """

    primary_revision: str
    routed_revision: str


class KnativeRouter:
    """Two traffic targets: the latest revision and the primary's."""

    def __init__(self, ports: Ports, log: Log) -> None:
        self._routes = ports.routes
        self._workloads = ports.workloads

    def reconcile(self, canary: Canary) -> None:
        """The target's initialisation has done everything."""

    def get(self, canary: Canary) -> Routing:
        latest = knative_status(canary, self._workloads.target()).latest_created_revision
        service = read_service(self._routes.read(KNATIVE_SERVICES, canary.target))
        full = f"{canary.target}.{canary.namespace}"
        if service is None:
            raise PortError(f"service {full} annotation not found")
        traffic, (to_latest, to_primary) = service
        by_revision = {traffic.routed_revision: to_primary, latest: to_latest}
        if traffic.primary_revision not in by_revision:
            raise PortError(f"Knative Service {full} traffic spec invalid")
        return Routing(by_revision[traffic.primary_revision], to_latest)

    def set(self, canary: Canary, routing: Routing) -> Canary:
        knative_status(canary, self._workloads.target())
        service = read_service(self._routes.read(KNATIVE_SERVICES, canary.target))
        if service is None:
            full = f"{canary.target}.{canary.namespace}"
            raise PortError(f"Knative Service {full} annotation not found")
        self._routes.write(service_object(canary, service[0].primary_revision, routing))
        return canary

    def finalize(self, canary: Canary) -> None:
        """The annotation goes."""
        self._routes.delete(KNATIVE_SERVICES, canary.target)


def service_object(canary: Canary, primary_revision: str, routing: Routing) -> RoutingObject:
    """The Knative service with these weights, the primary's revision by name."""
    backends = (
        Backend(f"{canary.target}-canary", routing.canary),
        Backend(f"{canary.target}-primary", routing.primary),
    )
    traffic = KnativeTraffic(primary_revision, primary_revision)
    return RoutingObject(KNATIVE_SERVICES, canary.target, traffic, (Rule(backends),))


def read_service(service: RoutingObject | None) -> tuple[KnativeTraffic, tuple[int, int]] | None:
    """What was written, and the weights of the latest and of the named revision."""
    if service is None or not isinstance(service.content, KnativeTraffic):
        return None
    latest, named = service.rules[0].backends
    return service.content, (latest.weight, named.weight)


def knative_status(canary: Canary, target: Workload | None) -> KnativeStatus:
    """The revisions of a Knative service; raises PortError when there is no such service."""
    if target is None:
        query = f"Knative Service {canary.target}.{canary.namespace} get query error"
        raise PortError(f'{query}: {KNATIVE_SERVICES} "{canary.target}" not found')
    if not isinstance(target.status, KnativeStatus):
        raise PortError(f"{canary.target}.{canary.namespace} is not a Knative Service")
    return target.status


def _labels(subject: Subject) -> list[Labels]:
    revision = subject.route if subject.is_canary else f"{subject.route}-primary"
    return [{"envoy_cluster_name": f"{subject.namespace}/{revision}"}]


PROVIDERS = (
    Provider(
        "knative",
        KnativeRouter,
        envoy('envoy_cluster_name=~"{{ namespace }}/{{ route }}"'),
        series=(envoy_series("service", _labels),),
        resources=(KNATIVE_SERVICES,),
    ),
)
