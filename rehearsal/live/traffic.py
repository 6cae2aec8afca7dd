"""Background traffic at the apex: steady requests during a rollout, and what they met.

Arrivals do not wait for responses (an open model). A request failed when its response was a 5xx or
did not come. Rates are per real second: requests are not faster because the clock is. The mesh says
in a response header which pod answered, which tells the sides apart whatever the application is.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.clock import ScaledClock
from rehearsal.live.mesh.resources import SERVED_BY
from rehearsal.live.proxy_client import NoResponseError, ProxyClient
from rehearsal.live.traffic_plan import PlannedRequest, TrafficSource
from rehearsal.recording import Recording
from rehearsal.recording.records import TrafficRecord

_TIMEOUT_S = 10.0
_MOST_EXAMPLES = 20
_MOST_IN_FLIGHT = 400
_REPORT_PERIOD_S = 0.25

FAILED = "failed"
UNKNOWN = "unknown"


@dataclass
class Tally:
    """Requests of a kind: by the side that answered, those that failed, and what some met."""

    sides: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.sides.total()

    def add(self, side: str, failure: str) -> None:
        self.sides[side] += 1
        self.failures += bool(failure)
        if failure and len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(failure)


class Traffic:
    """Sends requests through the mesh to one canary's apex until cancelled."""

    def __init__(
        self,
        plan: TrafficSource,
        base_url: str,
        proxy: Callable[[], str],
        side_of: Callable[[str], str],
        clock: ScaledClock,
        recording: Recording,
    ) -> None:
        self._plan = plan
        self._base_url = base_url
        self._proxy = proxy
        self._side_of = side_of
        self._clock = clock
        self._recording = recording
        self._weight: int | None = None
        self._unreported: dict[int | None, Tally] = {}
        self._going = asyncio.Event()
        self._in_flight = 0
        self.total = Tally()

    def open(self) -> None:
        """The apex is there: begin."""
        self._going.set()

    def note_weight(self, weight: int | None) -> None:
        """The canary's share in force; None while it is changing. Called from any thread."""
        self._weight = weight

    async def run(self) -> None:
        """Send until cancelled."""
        await self._going.wait()
        with contextlib.closing(ProxyClient(self._proxy(), _TIMEOUT_S)) as client:
            async with asyncio.TaskGroup() as requests:
                reporting = requests.create_task(self._report_now_and_then())
                try:
                    await self._send_planned(client, requests)
                finally:
                    reporting.cancel()

    async def _send_planned(self, client: ProxyClient, requests: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for planned in self._plan.requests():
            due_s = max(due_s + planned.wait_s, loop.time() - 1.0)
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await self._clock.wait_running()
            if self._in_flight < _MOST_IN_FLIGHT:
                requests.create_task(self._request(client, planned, self._weight))

    async def _request(
        self, client: ProxyClient, planned: PlannedRequest, weight: int | None
    ) -> None:
        self._in_flight += 1
        try:
            side, failure = await self._outcome(client, planned)
        finally:
            self._in_flight -= 1
        steady = weight if weight == self._weight else None
        self._unreported.setdefault(steady, Tally()).add(side, failure)
        self.total.add(side, failure)

    async def _outcome(self, client: ProxyClient, planned: PlannedRequest) -> tuple[str, str]:
        """The side that answered, and why the request failed; empty if it did not."""
        try:
            response = await client.send(planned.method, self._base_url, planned.path)
        except NoResponseError as error:
            return FAILED, f"{planned.path}: {error}"[:200]
        pod = response.headers.get(SERVED_BY, "")
        side = self._side_of(pod) if pod else UNKNOWN
        failure = f"{planned.path}: status {response.status}" if response.status >= 500 else ""
        return (side if pod else FAILED if failure else UNKNOWN), failure

    async def _report_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_REPORT_PERIOD_S)
            self.report()

    def report(self) -> None:
        """Record what has not been recorded yet."""
        unreported, self._unreported = self._unreported, {}
        for weight, tally in unreported.items():
            self._recording.append(
                TrafficRecord(
                    self._clock.now_s(),
                    weight,
                    tally.requests,
                    tally.failures,
                    dict(tally.sides),
                    tuple(tally.examples),
                )
            )
