"""Provider `skipper`: a second Ingress for both versions (flagger pkg/router/skipper.go).

Skipper writes `_` for every character of a name that is not part of a word; the measured duration
is a mean.
"""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Routing
from rehearsal.flagger.controller.templates import Model
from rehearsal.flagger.providers.nginx import INGRESSES, owned_backends
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries
from rehearsal.flagger.providers.router import ObjectRouter, Wording, service_names
from rehearsal.flagger.providers.series import (
    GO_MS,
    MS_PER_S,
    Labels,
    Series,
    Subject,
    code_label,
    word,
)


class SkipperRouter(ObjectRouter):
    """`<ingress>-canary`, with the weights of both services in an annotation."""

    resource = INGRESSES
    wording = Wording(
        "Ingress {full} created",
        "Ingress {name} updated",
        "router/skipper.go:125",
        "router/skipper.go:142",
        unreadable="ingress {full} get query error: {absent}",
    )

    def object_name(self, canary: Canary) -> str:
        return f"{_ingress(canary)}-canary"

    def content(self, canary: Canary) -> object:
        """The owner's backends, each that is the apex followed by the canary."""
        names = service_names(canary)
        unreadable = "apexIngress {full} get query error: {error}"
        backends = owned_backends(self, canary, _ingress(canary), unreadable)
        both = {names.apex: (names.primary, names.canary)}
        return tuple(one for backend in backends for one in both.get(backend, (backend,)))

    def get(self, canary: Canary) -> Routing:
        current = self.read(canary, self.wording.unreadable)
        names = service_names(canary)
        weights = {b.service: b.weight for rule in current.rules for b in rule.backends}
        for role, name in (("primary", names.primary), ("canary", names.canary)):
            if name not in weights:
                full = f"{current.name}.{canary.namespace}"
                raise PortError(f"ingress {full} could not get weights[{role}SvcName]")
        return Routing(weights[names.primary], weights[names.canary])


def _ingress(canary: Canary) -> str:
    """The owner's Ingress; without one Flagger crashes where it does not ask first."""
    name = canary.spec.ingress_ref.name if canary.spec.ingress_ref else ""
    if not name:
        raise PortError("ingress selector is empty")
    return name


_ROUTE = r"kube(ew)?_{{ namespace }}__{{ ingress }}_canary__.*__{{ service }}_canary(_[0-9]+)?"
_TIME = "skipper_response_duration_seconds_bucket"
_SERVE = "skipper_serve_route_duration_seconds"
_GOOD = f'{_TIME}{{route=~"{_ROUTE}",code!~"5..",le="+Inf"}}[{{{{ interval }}}}]'
_ALL = f'{_TIME}{{route=~"{_ROUTE}",le="+Inf"}}[{{{{ interval }}}}]'
_SUM = f'{_SERVE}_sum{{route=~"{_ROUTE}"}}[{{{{ interval }}}}]'
_COUNT = f'{_SERVE}_count{{route=~"{_ROUTE}"}}[{{{{ interval }}}}]'


def _words(model: Model) -> Model:
    return replace(
        model,
        ingress=word(model.ingress),
        name=word(model.name),
        namespace=word(model.namespace),
        service=word(model.service),
        target=word(model.target),
    )


def _labels(subject: Subject) -> list[Labels]:
    namespace, ingress, service = map(word, (subject.namespace, subject.ingress, subject.service))
    canary = "_canary" if subject.is_canary else ""
    return [{"route": f"kube_{namespace}__{ingress}{canary}__all____{service}"}]


_RESPONSES = Series(
    "service",
    _labels,
    code_label("code"),
    histogram="skipper_response_duration_seconds",
    unit_ms=MS_PER_S,
    bounds_ms=GO_MS,
)
_ROUTES = replace(_RESPONSES, histogram=_SERVE)


PROVIDERS = (
    Provider(
        "skipper",
        SkipperRouter,
        Queries(
            f" sum(rate({_GOOD})) / sum(rate({_ALL})) * 100",
            f" sum(rate({_SUM})) / sum(rate({_COUNT})) * 1000",
            adapt=_words,
        ),
        series=(_RESPONSES, _ROUTES),
        resources=(INGRESSES,),
        requires="spec.ingressRef",
    ),
)
