"""Provider `gloo` (flagger pkg/router/gloo.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class GlooRouter(PlainRouter):
    """A RouteTable over two upstreams."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        yield generated(canary, "RouteTable", canary.apex_service)

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'routetables.gateway.solo.io "{apex}" not found'
        return f"RouteTable {apex}.{canary.namespace} query error: {absent}"
