"""Providers `gatewayapi:v1` and `gatewayapi:v1beta1` (flagger pkg/router/gateway_api*.go)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class GatewayApiRouter(PlainRouter):
    """An HTTPRoute. A mirror is written, and so read back, only in a run of iterations.

    The routes port raises PortError from `get` while a parent has not accepted the route:
    `HTTPRoute T.NS parent P is not ready (status: …, observed generation: …, …)`.
    """

    def reconcile(self, canary: Canary) -> None:
        if not canary.spec.service.gateway_refs:
            raise PortError("GatewayRefs must be specified when using Gateway API as a provider.")
        super().reconcile(canary)

    def objects(self, canary: Canary) -> Iterator[Generated]:
        yield generated(canary, "HTTPRoute", canary.apex_service)

    def get(self, canary: Canary) -> Routing:
        return replace(self._routes.get(), matched=False)

    def set(self, canary: Canary, routing: Routing) -> None:
        analysis = canary.spec.analysis
        mirrored = routing.mirrored and analysis.iterations > 0
        self._put(canary, replace(routing, mirrored=mirrored))

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'httproutes.gateway.networking.k8s.io "{apex}" not found'
        return f"HTTPRoute {apex}.{canary.namespace} get error: {absent}"
