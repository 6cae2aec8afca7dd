"""Provider `contour` (flagger pkg/router/contour.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class ContourRouter(PlainRouter):
    """An HTTPProxy."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        yield generated(canary, "HTTPProxy", canary.apex_service)

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'httpproxies.projectcontour.io "{apex}" not found'
        return f"HTTPProxy {apex}.{canary.namespace} query error: {absent}"
