"""Faults inside the applications themselves, by what the applications count of them.

A fault that a scenario's command has injected into `detail` is in no listener of the mesh. Its
page of metrics says how many requests each kind of fault was meant for and how many it reached
(`detail_faults_matched_total`, `detail_faults_delivered_total`); reading it counts as a scrape, not
as traffic.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx2

from rehearsal.live.loopback import loopback_client
from rehearsal.live.mesh.faults import Delivery
from rehearsal.metrics.exposition import samples
from rehearsal.metrics.series import NAME

_ACTIVE, _MATCHED, _DELIVERED = (
    f"detail_faults_{name}" for name in ("active", "matched_total", "delivered_total")
)
_TIMEOUT_S = 1.0
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class FaultPage:
    """Where an application counts its faults: the workload of the pod, and the page's URL."""

    workload: str
    url: str


@dataclass
class _Counted:
    """A kind of fault in one process."""

    workload: str
    delivery: Delivery = field(default_factory=Delivery)
    active: bool = False
    reported: Delivery | None = None


class FaultPages:
    """Reads the pages of the pods that have one; a page that cannot be read changes nothing."""

    def __init__(self, pages: Callable[[], Mapping[str, FaultPage]]) -> None:
        self._pages = pages
        self._counted: dict[tuple[str, str], _Counted] = {}

    async def read(self) -> None:
        """Read every page there is, all at once."""
        pages = {page.url: page for page in self._pages().values()}
        for counted in self._counted.values():
            counted.active = False
        async with loopback_client(timeout=_TIMEOUT_S) as client:
            texts = await asyncio.gather(*(_text(client, url) for url in pages))
        for page, text in zip(pages.values(), texts, strict=True):
            self._take(page, text)

    def deliveries(self) -> Iterator[tuple[str, Delivery]]:
        """By kind and workload, what was counted since it was last asked; those at work always."""
        sums: dict[str, Delivery] = {}
        for (_, kind), counted in self._counted.items():
            if counted.active or counted.delivery != counted.reported:
                name = f"{kind} inside {counted.workload}"
                sums[name] = sums.get(name, Delivery()) + counted.delivery
                counted.reported = counted.delivery
        yield from sums.items()

    def _take(self, page: FaultPage, text: str) -> None:
        values: dict[str, dict[str, int]] = {}
        for sample in samples(text):
            name, kind = sample.labels[NAME], sample.labels.get("kind", "")
            if name in (_ACTIVE, _MATCHED, _DELIVERED) and 0 <= sample.value < 1e15:
                values.setdefault(kind, {})[name] = int(sample.value)
        for kind, counts in values.items():
            counted = self._counted.setdefault((page.url, kind), _Counted(page.workload))
            counted.delivery = Delivery(counts.get(_MATCHED, 0), counts.get(_DELIVERED, 0))
            counted.active = counts.get(_ACTIVE, 0) > 0


async def _text(client: httpx2.AsyncClient, url: str) -> str:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            response = await client.get(url)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError):
        return ""
    return response.text[:_MOST_BYTES] if response.status_code == 200 else ""
