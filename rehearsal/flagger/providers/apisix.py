"""Provider `apisix` (flagger pkg/router/apisix.go): the canary's route at the gateway."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.providers.nginx import owned_backends
from rehearsal.flagger.providers.provider import Field, Provider
from rehearsal.flagger.providers.queries import Queries, quantile, ratio
from rehearsal.flagger.providers.router import ObjectRouter, Wording, service_names
from rehearsal.flagger.providers.series import Labels, Series, Subject, code_label, no_code


class ApisixRouter(ObjectRouter):
    """A copy of the owner's ApisixRoute with two backends."""

    resource = "apisixroutes.apisix.apache.org"
    wording = Wording(
        "APISIX route {full} created",
        "Apisix route {name} updated",
        "router/apisix.go:122",
        "router/apisix.go:138",
        unreadable="apisix route {full} query error: {absent}",
    )
    refuses_empty = "RoutingRule {full} update failed: no valid weights"

    def object_name(self, canary: Canary) -> str:
        return f"{_route(canary)}-{canary.apex_service}-canary"

    def content(self, canary: Canary) -> object:
        """The owner's route, whose one backend was the apex."""
        name, apex = _route(canary), canary.apex_service
        unreadable = "APISIX route {full} get query error: {error}"
        if apex not in owned_backends(self, canary, name, unreadable):
            full = f"{name}.{canary.namespace}"
            raise PortError(f"Can not find {apex} backend on apisix route {full} ")
        names = service_names(canary)
        return (names.primary, names.canary)


def _route(canary: Canary) -> str:
    """The owner's route; without one Flagger crashes where it does not ask first."""
    name = canary.spec.route_ref.name if canary.spec.route_ref else ""
    if not name:
        raise PortError("apisix route selector is empty")
    return name


_ROUTE = 'route=~"{{ namespace }}_{{ route }}-{{ target }}-canary_.+"'


_BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)


def _labels(subject: Subject) -> list[Labels]:
    canary = f"-{subject.target}-canary" if subject.is_canary else ""
    return [{"route": f"{subject.namespace}_{subject.route}{canary}_http"}]


def _latency_labels(subject: Subject) -> list[Labels]:
    return [{**labels, "type": "request"} for labels in _labels(subject)]


_REQUESTS = Series("service", _labels, code_label("code"), counter="apisix_http_status")
_LATENCY = Series(
    "service",
    _latency_labels,
    no_code,
    histogram="apisix_http_latency",
    bounds_ms=_BOUNDS_MS,
    times_by_code=False,
)


PROVIDERS = (
    Provider(
        "apisix",
        ApisixRouter,
        Queries(
            ratio("apisix_http_status", _ROUTE, 'code!~"5.."'),
            quantile("apisix_http_latency_bucket", f'type=~"request", {_ROUTE}'),
        ),
        series=(_REQUESTS, _LATENCY),
        resources=(ApisixRouter.resource,),
        requires="spec.routeRef",
        told_by=Field("routeRef", lambda spec: spec.route_ref),
    ),
)
