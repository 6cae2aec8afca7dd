"""People who read the catalog through the apex all the while, and what they met.

Arrivals are steady and do not wait for answers. A visit failed when its answer was a 5xx, was none
of the catalog's, or did not come. Rates are per real second: people are not faster because the
clock is.
"""

import asyncio
import contextlib
import threading
from collections import Counter
from dataclasses import dataclass, field

import httpx

_TIMEOUT_S = 10.0
_READING_S = 0.25
FAILED = "failed"


@dataclass
class Tally:
    """Visits of one act: by version, and by the canary's weight at the time of the visit."""

    versions: Counter[str] = field(default_factory=Counter)
    by_weight: dict[int, Counter[str]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.versions.total()

    @property
    def failures(self) -> int:
        return self.versions[FAILED]


class Visitors:
    """`rate` visits a second to one URL through the mesh."""

    def __init__(self, url: str, proxy: str, rate: float) -> None:
        self._url = url
        self._proxy = proxy
        self._rate = rate
        self._lock = threading.Lock()
        self._weight: int | None = None
        self._tallies: dict[str, Tally] = {}
        self._act = ""
        self._going = asyncio.Event()

    def begin(self, act: str) -> Tally:
        """From now on visits count for this act."""
        with self._lock:
            self._act = act
            return self._tallies.setdefault(act, Tally())

    def open_doors(self) -> None:
        """The apex is there: let people in."""
        self._going.set()

    def weight(self, weight: int | None) -> None:
        """The canary's share in force, or None while it is changing."""
        with self._lock:
            self._weight = weight

    def tallies(self) -> dict[str, Tally]:
        return self._tallies

    async def run(self) -> None:
        """Visit until cancelled."""
        await self._going.wait()
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        limits = httpx.Limits(max_connections=100)
        async with (
            httpx.AsyncClient(
                proxy=self._proxy, trust_env=False, timeout=_TIMEOUT_S, limits=limits
            ) as client,
            asyncio.TaskGroup() as visits,
        ):
            while True:
                visits.create_task(self._visit(client, self._act, self._weight))
                due_s += 1 / self._rate
                await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def read(self, front_page: str) -> None:
        """Somebody reads the front page now and then; whatever it says, until cancelled."""
        await self._going.wait()
        async with httpx.AsyncClient(
            proxy=self._proxy, trust_env=False, timeout=_TIMEOUT_S
        ) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    await client.get(front_page)
                await asyncio.sleep(_READING_S)

    async def _visit(self, client: httpx.AsyncClient, act: str, weight: int | None) -> None:
        met = await self._read(client, act)
        with self._lock:
            tally = self._tallies[act]
            tally.versions[met] += 1
            if weight is not None and weight == self._weight:
                tally.by_weight.setdefault(weight, Counter())[met] += 1

    async def _read(self, client: httpx.AsyncClient, act: str) -> str:
        try:
            answer = await client.get(self._url)
            return str(answer.json()["version"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            self._tallies[act].examples.append(repr(error)[:200])
            return FAILED
