"""Providers `smi:*`, `linkerd` and `osm`: the SMI API (flagger pkg/router/smi*.go)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter, generated


class SmiRouter(PlainRouter):
    """A TrafficSplit."""

    def objects(self, canary: Canary) -> Iterator[Generated]:
        yield generated(canary, "TrafficSplit", canary.apex_service)

    def missing(self, canary: Canary) -> str | None:
        apex = canary.apex_service
        absent = f'trafficsplits.split.smi-spec.io "{apex}" not found'
        return f"TrafficSplit {apex}.{canary.namespace} get query error {absent}"
