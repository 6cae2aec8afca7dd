"""Provider `kuma` (flagger pkg/router/kuma.go): what the sidecars send to the canary service."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Routing, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.provider import Field, Provider
from rehearsal.flagger.providers.queries import envoy
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    unsigned,
)
from rehearsal.flagger.providers.series import Labels, Subject, envoy_series


class KumaRouter(ObjectRouter):
    """A TrafficRoute, which has no namespace; its log line names one only on an update."""

    resource = "trafficroutes.kuma.io"
    wording = Wording(
        "TrafficRoute {name} created",
        "TrafficRoute {full} updated",
        "router/kuma.go:105",
        "router/kuma.go:129",
        unreadable="TrafficRoute {name} get query error {absent}",
    )

    def content(self, canary: Canary) -> object:
        service = canary.spec.service
        return (canary.apex_service, canary.namespace, service.port, metadata(service.apex))

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        return super().rules(canary, unsigned(primary, 32), unsigned(weight, 32))

    def get(self, canary: Canary) -> Routing:
        routing = super().get(canary)
        if routing.primary == 0 and routing.canary == 0:
            names = service_names(canary)
            raise PortError(
                f"TrafficRoute {names.apex} does not contain routes for"
                f" {names.primary} and {names.canary}"
            )
        return routing


def _labels(subject: Subject) -> list[Labels]:
    side = f"{subject.target}-{subject.side}"
    return [{"service": f"{side}_{subject.namespace}_svc_{subject.port}"}]


def _has_annotations(spec: CanarySpec) -> bool:
    metadata = (spec.service.apex, spec.service.primary, spec.service.canary)
    keys = [key for one in metadata if one for key in one.annotations]
    return any("kuma.io" in key.partition("/")[0] for key in keys)


PROVIDERS = (
    Provider(
        "kuma",
        KumaRouter,
        envoy('service=~"{{ target }}-canary_{{ namespace }}_svc_[0-9a-zA-Z-]+"'),
        series=(envoy_series("service", _labels),),
        resources=(KumaRouter.resource,),
        told_by=Field("service annotations of kuma.io", _has_annotations),
    ),
)
