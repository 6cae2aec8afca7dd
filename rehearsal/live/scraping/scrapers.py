"""Scrapers of the two kinds of source: Envoy's statistics, and applications' own metrics."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import httpx2

from rehearsal.flagger.providers.series import Series, Subject
from rehearsal.live.loopback import loopback_client
from rehearsal.live.mesh.admin import Admin
from rehearsal.live.scraping.prometheus import Prometheus, ScrapeError
from rehearsal.live.scraping.targets import Target
from rehearsal.metrics.exposition import Sample
from rehearsal.metrics.meshes import RequestCounter, read_envoy, scraped
from rehearsal.metrics.meshes.counts import STATISTICS

MOST_PAGE_BYTES = 8 << 20
TIMEOUT_S = 2.0
MESH = "mesh"

_ACCEPT = (
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9,*/*;q=0.1"
)


@dataclass(frozen=True)
class MeshSubject:
    """A cluster of Envoy's, whose requests its counts are, and the series that tell them."""

    cluster: str
    subject: Subject
    series: tuple[Series, ...]


@dataclass
class MeshScraper:
    """Turns Envoy's statistics into the series of each provider."""

    admin: Admin
    prometheus: Prometheus
    subjects: Callable[[], Iterable[MeshSubject]]
    _counters: dict[str, RequestCounter] = field(default_factory=dict)

    async def scrape(self, at_s: float) -> None:
        """One scrape; statistics that cannot be had leave a gap."""
        try:
            text = await self.admin.prometheus(STATISTICS)
        except httpx2.HTTPError:
            return
        counts = read_envoy(text)
        subjects = list(self.subjects())
        for cluster in {one.cluster for one in subjects} & set(counts):
            self._counters.setdefault(cluster, RequestCounter()).observe(counts[cluster])
        for gone in set(self._counters) - {one.cluster for one in subjects}:
            del self._counters[gone]
        self.prometheus.take_samples(MESH, self._samples(subjects), at_s)

    def _samples(self, subjects: Iterable[MeshSubject]) -> Iterator[Sample]:
        for one in subjects:
            counter = self._counters.get(one.cluster)
            if counter is not None:
                for series in one.series:
                    yield from scraped(series, one.subject, counter)


class ApplicationScraper:
    """Scrapes pages of metrics past the mesh, each target once at a time."""

    def __init__(self, prometheus: Prometheus) -> None:
        self._prometheus = prometheus
        self._client = loopback_client(timeout=TIMEOUT_S, headers={"Accept": _ACCEPT})
        self._running: dict[str, asyncio.Task[None]] = {}
        self.errors: dict[str, str] = {}
        """Why the last scrape of a target failed, by its URL; those that succeeded are absent."""

    async def scrape(self, targets: Iterable[Target], at_s: float, patience_s: float) -> None:
        """Begin a scrape of every target that is not being scraped, and wait so long for them."""
        for target in targets:
            if target.url not in self._running:
                task = asyncio.create_task(self._one(target, at_s))
                self._running[target.url] = task
                task.add_done_callback(partial(self._ended, target.url))
        if self._running:
            await asyncio.wait(self._running.values(), timeout=patience_s)

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await self._client.aclose()

    def _ended(self, url: str, task: asyncio.Task[None]) -> None:
        del task
        self._running.pop(url, None)

    async def _one(self, target: Target, at_s: float) -> None:
        labels = dict(target.labels)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                text = await self._page(target.url)
            self._prometheus.take_text(target.url, text, labels, at_s)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ScrapeError) as error:
            self.errors[target.url] = str(error) or type(error).__name__
            self._prometheus.fail(target.url, labels, at_s)
        else:
            self.errors.pop(target.url, None)

    async def _page(self, url: str) -> str:
        body = bytearray()
        async with self._client.stream("GET", url) as response:
            if response.status_code != 200:
                raise ScrapeError(f"server returned HTTP status {response.status_code}")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_PAGE_BYTES:
                    raise ScrapeError(f"the page is longer than {MOST_PAGE_BYTES >> 20} MiB")
        return body.decode("utf-8", "replace")
