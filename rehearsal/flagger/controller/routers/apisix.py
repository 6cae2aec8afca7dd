"""Provider `apisix` (flagger pkg/router/apisix.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import RoutingObject
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter


class ApisixRouter(PlainRouter):
    """A copy of the owner's ApisixRoute with two backends."""

    def reconcile(self, canary: Canary) -> None:
        if canary.spec.route_ref is None or not canary.spec.route_ref.name:
            raise PortError("apisix route selector is empty")
        super().reconcile(canary)

    def objects(self, canary: Canary) -> Iterator[Generated]:
        name = _name(canary)
        created = f"APISIX route {name}.{canary.namespace} created"
        yield RoutingObject("ApisixRoute", name), created, f"Apisix route {name} updated"

    def missing(self, canary: Canary) -> str | None:
        name = _name(canary)
        absent = f'apisixroutes.apisix.apache.org "{name}" not found'
        return f"apisix route {name}.{canary.namespace} query error: {absent}"


def _name(canary: Canary) -> str:
    reference = canary.spec.route_ref
    return f"{reference.name if reference else ''}-{canary.apex_service}-canary"
