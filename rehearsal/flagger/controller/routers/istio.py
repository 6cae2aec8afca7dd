"""Provider `istio`, and every provider Flagger does not know (flagger pkg/router/istio.go).

The only one that reads mirroring back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class IstioRouter(PlainRouter):
    """Two DestinationRules and a VirtualService."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        apex = canary.apex_service
        yield generated(canary, "DestinationRule", f"{apex}-canary")
        yield generated(canary, "DestinationRule", f"{apex}-primary")
        _check_delegation(canary)
        yield generated(canary, "VirtualService", apex)

    def get(self, canary: Canary) -> Routing:
        service = "TCP" if _is_tcp(canary) else "HTTP"
        self._recorder.log(None, f"Canary {canary.full_name} uses {service} service")
        routing = self._routes.get()
        mirrored = routing.mirrored and not _is_tcp(canary)
        return replace(routing, mirrored=mirrored, matched=False)

    def set(self, canary: Canary, routing: Routing) -> None:
        matched = bool(canary.spec.analysis.match)
        mirrored = routing.mirrored and not matched and not _is_tcp(canary)
        self._put(canary, replace(routing, mirrored=mirrored))

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'virtualservices.networking.istio.io "{apex}" not found'
        return f"VirtualService {apex}.{canary.namespace} get query error {absent}"


def _is_tcp(canary: Canary) -> bool:
    return canary.spec.service.app_protocol.lower() == "tcp"


def _check_delegation(canary: Canary) -> None:
    service = canary.spec.service
    if service.delegation and (service.hosts or service.gateways):
        name = f"{canary.apex_service}.{canary.namespace}"
        raise PortError(
            f"VirtualService {name} cannot have hosts and gateways when delegation enabled"
        )
