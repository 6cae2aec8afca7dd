"""Provider `traefik` (flagger pkg/router/traefik.go): the canary's service at the proxy."""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routing import TOTAL_WEIGHT, Backend, RoutingObject, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries, quantile
from rehearsal.flagger.providers.router import ObjectRouter, Wording, service_names
from rehearsal.flagger.providers.series import MS_PER_S, Labels, Series, Subject, code_label


class TraefikRouter(ObjectRouter):
    """A TraefikService; the canary is listed only while it has a weight."""

    resource = "traefikservices.traefik.io"
    wording = Wording(
        "TraefikService {full} created",
        "TraefikService {full} updated",
        "router/traefik.go:96",
        "router/traefik.go:134",
        unreadable="TraefikService {full} query error: {absent}",
    )
    refuses_empty = "RoutingRule {full} update failed: no valid weights"

    def content(self, canary: Canary) -> object:
        service = canary.spec.service
        return (canary.apex_service, canary.namespace, service.port, metadata(service.apex))

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        names = service_names(canary)
        backends: tuple[Backend, ...] = (Backend(names.primary, primary),)
        if weight > 0:
            backends += (Backend(names.canary, weight),)
        return (Rule(backends),)

    def updated(self, current: RoutingObject, desired: RoutingObject) -> RoutingObject:
        """A canary that is listed stays so, with as much weight as the primary."""
        rule, old = desired.rules[0], current.rules[0]
        if len(old.backends) < 2:
            return desired
        canary = replace(old.backends[1], weight=TOTAL_WEIGHT)
        return replace(desired, rules=(Rule((*rule.backends, canary)),))


_SERVICE = 'service=~"{{ namespace }}-{{ target }}-canary-[0-9a-zA-Z-]+@kubernetescrd"'
_TIME = "traefik_service_request_duration_seconds_bucket"
_GOOD = f'{_TIME}{{ {_SERVICE}, code!~"5..", le="+Inf" }}[{{{{ interval }}}}]'
_ALL = f'{_TIME}{{ {_SERVICE}, le="+Inf" }}[{{{{ interval }}}}]'


_BOUNDS_MS = (100, 300, 1200, 5000)


def _labels(subject: Subject) -> list[Labels]:
    name = f"{subject.namespace}-{subject.target}-{subject.side}-{subject.port}@kubernetescrd"
    return [{"service": name, "protocol": "http"}]


_SERIES = Series(
    "service",
    _labels,
    code_label("code"),
    counter="traefik_service_requests_total",
    histogram="traefik_service_request_duration_seconds",
    unit_ms=MS_PER_S,
    bounds_ms=_BOUNDS_MS,
)


PROVIDERS = (
    Provider(
        "traefik",
        TraefikRouter,
        Queries(
            f" sum( rate( {_GOOD} ) ) / sum( rate( {_ALL} ) ) * 100",
            quantile(_TIME, _SERVICE) + " * 1000",
        ),
        series=(_SERIES,),
        resources=(TraefikRouter.resource,),
    ),
)
