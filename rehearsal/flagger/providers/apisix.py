"""Provider `apisix` (flagger pkg/router/apisix.go): the canary's route at the gateway."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.providers.nginx import owned_backends
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries, quantile, ratio
from rehearsal.flagger.providers.router import ObjectRouter, Wording, service_names


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

PROVIDERS = (
    Provider(
        "apisix",
        ApisixRouter,
        Queries(
            ratio("apisix_http_status", _ROUTE, 'code!~"5.."'),
            quantile("apisix_http_latency_bucket", f'type=~"request", {_ROUTE}'),
        ),
        resources=(ApisixRouter.resource,),
        requires="spec.routeRef",
    ),
)
