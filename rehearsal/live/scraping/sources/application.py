"""The source of `kubernetes` and `gatewayapi`: the application's own `/metrics`."""

import asyncio
from collections.abc import Iterable

import httpx

from rehearsal.live.scraping.sources.target import Target
from rehearsal.metrics.exposition import Sample, samples


class ApplicationSource:
    """Scrapes every pod past the mesh, as Prometheus does."""

    def __init__(self, admin: object = None) -> None:
        del admin
        self._client = httpx.AsyncClient(timeout=2.0, trust_env=False)

    async def scrape(self, targets: Iterable[Target]) -> list[Sample]:
        found = await asyncio.gather(*(self._one(target) for target in targets))
        return [sample for part in found for sample in part]

    async def _one(self, target: Target) -> list[Sample]:
        try:
            answer = await self._client.get(f"http://127.0.0.1:{target.port}/metrics")
        except httpx.TransportError:
            return []
        return [Sample({**s.labels, **target.labels}, s.value) for s in samples(answer.text)]
