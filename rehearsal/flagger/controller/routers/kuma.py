"""Provider `kuma` (flagger pkg/router/kuma.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.ports import RoutingObject
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter


class KumaRouter(PlainRouter):
    """A TrafficRoute, which has no namespace; its log line names one only on an update."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        apex = canary.apex_service
        updated = f"TrafficRoute {apex}.{canary.namespace} updated"
        yield RoutingObject("TrafficRoute", apex), f"TrafficRoute {apex} created", updated

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'trafficroutes.kuma.io "{apex}" not found'
        return f"TrafficRoute {apex} get query error {absent}"
