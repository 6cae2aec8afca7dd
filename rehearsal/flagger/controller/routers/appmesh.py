"""Providers `appmesh` and `appmesh:v1beta2` (flagger pkg/router/appmesh*.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.ports import RoutingObject
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter


class AppMeshRouter(PlainRouter):
    """The v1beta2 API: a VirtualRouter with its VirtualService for the apex and for the canary."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        apex = canary.apex_service
        for name in (f"{apex}-primary", f"{apex}-canary"):
            yield _node(canary, name)
        for name in (apex, f"{apex}-canary"):
            yield _short("VirtualRouter", name)
            yield _short("VirtualService", name)


class AppMeshV1Beta1Router(PlainRouter):
    """The first API, which no current cluster serves: a VirtualNode for the apex, no routers."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        apex = canary.apex_service
        for name in (apex, f"{apex}-primary", f"{apex}-canary"):
            yield _node(canary, name)
        for name in (apex, f"{apex}-canary"):
            yield _short("VirtualService", f"{name}.{canary.namespace}")


def _node(canary: Canary, name: str) -> Generated:
    created = f"VirtualNode {name}.{canary.namespace} created"
    return RoutingObject("VirtualNode", name), created, f"VirtualNode {name} updated"


def _short(kind: str, name: str) -> Generated:
    return RoutingObject(kind, name), f"{kind} {name} created", f"{kind} {name} updated"
