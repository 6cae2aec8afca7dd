"""Provider `nginx`: a second Ingress beside the owner's (flagger pkg/router/ingress.go).

The weights are annotations. An A/B test adds annotations for a header and a cookie, and as soon as
one of them stands there everything is read back as 0/100, whatever the weight: a weighted run with
`match` is promoted after its first step.
"""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import TOTAL_WEIGHT, Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.providers.provider import Field, MatchSupport, Provider
from rehearsal.flagger.providers.queries import Queries, ratio
from rehearsal.flagger.providers.router import ObjectRouter, Wording, service_names
from rehearsal.flagger.providers.series import GO_MS, MS_PER_S, Labels, Series, Subject, code_label

INGRESSES = "ingresses.networking.k8s.io"


class NginxRouter(ObjectRouter):
    """`<ingress>-canary`, switched by annotations."""

    resource = INGRESSES
    wording = Wording(
        "Ingress {full} created",
        "Ingress {name} updated",
        "router/ingress.go:102",
        "router/ingress.go:118",
        unreadable="ingress {full} get query error: {absent}",
    )
    owner_unreadable = "ingress {full} get query error: {error}"

    def object_name(self, canary: Canary) -> str:
        return f"{_ingress(canary)}-canary"

    def content(self, canary: Canary) -> object:
        """The owner's backends with the canary in the place of the apex."""
        name, apex = _ingress(canary), canary.apex_service
        backends = owned_backends(self, canary, name, self.owner_unreadable)
        if apex not in backends:
            raise PortError(f"backend {apex} not found in ingress {name}")
        canary_service = service_names(canary).canary
        return tuple(canary_service if one == apex else one for one in backends)

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        names = service_names(canary)
        backends = (Backend(names.primary, TOTAL_WEIGHT - weight), Backend(names.canary, weight))
        return (Rule(backends),)

    def updated(self, current: RoutingObject, desired: RoutingObject) -> RoutingObject:
        """Annotations stay."""
        return replace(desired, rules=current.rules)

    def get(self, canary: Canary) -> Routing:
        current = self.read(canary, self.wording.unreadable)
        if canary.spec.analysis.match and any(rule.matches for rule in current.rules):
            return Routing(0, TOTAL_WEIGHT)
        weight = current.rules[-1].backends[-1].weight
        return Routing(TOTAL_WEIGHT - weight, weight)

    def set(self, canary: Canary, routing: Routing) -> Canary:
        current = self.read(canary, self.wording.unreadable)
        self._routes.write(replace(current, rules=self._annotated(canary, current, routing.canary)))
        return canary

    def _annotated(self, canary: Canary, current: RoutingObject, weight: int) -> tuple[Rule, ...]:
        """A weight of 0 removes all other annotations; a match leaves the weight as it is."""
        if weight <= 0:
            return self.rules(canary, TOTAL_WEIGHT, 0)
        matches = canary.spec.analysis.match
        if not matches:
            matched = tuple(rule for rule in current.rules if rule.matches)
            return (*matched, *self.rules(canary, 0, weight))
        canary_only = (Backend(service_names(canary).canary, TOTAL_WEIGHT),)
        by_header = (Rule(canary_only, matches),) if _has_headers(canary) else ()
        return (*by_header, current.rules[-1])


def owned_backends(
    router: ObjectRouter, canary: Canary, name: str, unreadable: str
) -> tuple[str, ...]:
    """The services that an object of the canary's owner leads to; raises PortError if absent."""
    try:
        return router.ports.store.backends(router.resource, name)
    except PortError as error:
        full = f"{name}.{canary.namespace}"
        raise PortError(unreadable.format(full=full, error=error)) from error


def _ingress(canary: Canary) -> str:
    """The owner's Ingress; without one Flagger crashes where it does not ask first."""
    name = canary.spec.ingress_ref.name if canary.spec.ingress_ref else ""
    if not name:
        raise PortError("ingress selector is empty")
    return name


def _has_headers(canary: Canary) -> bool:
    """Whether an annotation is written: a cookie needs an exact value."""
    return any(
        condition.exact if header == "cookie" else header
        for match in canary.spec.analysis.match
        for header, condition in match.headers.items()
    )


_CANARY = 'namespace="{{ namespace }}", ingress="{{ ingress }}", canary!=""'
_TIME = "nginx_ingress_controller_response_duration_seconds"
_SUM = f"sum( rate( {_TIME}_sum{{ {_CANARY} }}[{{{{ interval }}}}] ) )"
_COUNT = f"sum( rate( {_TIME}_count{{ {_CANARY} }}[{{{{ interval }}}}] ) )"


def _labels(subject: Subject) -> list[Labels]:
    backend = f"{subject.namespace}-{subject.service}-{subject.port}"
    service = subject.service if subject.is_canary else subject.apex
    return [
        {
            "namespace": subject.namespace,
            "exported_namespace": subject.namespace,
            "ingress": subject.ingress,
            "service": service,
            "exported_service": service,
            "canary": backend if subject.is_canary else "",
            "path": "/",
        }
    ]


_RESPONSES = Series(
    "service",
    _labels,
    code_label("status"),
    counter="nginx_ingress_controller_requests",
    histogram="nginx_ingress_controller_response_duration_seconds",
    unit_ms=MS_PER_S,
    bounds_ms=GO_MS,
)
_REQUESTS = replace(
    _RESPONSES,
    counter="",
    histogram="nginx_ingress_controller_request_duration_seconds",
)


PROVIDERS = (
    Provider(
        "nginx",
        NginxRouter,
        Queries(
            ratio("nginx_ingress_controller_requests", _CANARY, 'status!~"5.*"'),
            f" {_SUM} / {_COUNT} * 1000",
        ),
        series=(_RESPONSES, _REQUESTS),
        resources=(INGRESSES,),
        match=MatchSupport(frozenset({"exact", "regex"}), max_headers=1),
        requires="spec.ingressRef",
        told_by=Field("ingressRef", lambda spec: spec.ingress_ref),
    ),
)
