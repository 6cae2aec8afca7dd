"""Provider `traefik` (flagger pkg/router/traefik.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class TraefikRouter(PlainRouter):
    """A TraefikService; the canary is listed only while it has a weight."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        yield generated(canary, "TraefikService", canary.apex_service)

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'traefikservices.traefik.io "{apex}" not found'
        return f"TraefikService {apex}.{canary.namespace} query error: {absent}"
