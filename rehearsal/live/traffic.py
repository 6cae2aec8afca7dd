"""Background traffic at the apex: steady requests during a rollout, and what they met.

Arrivals do not wait for responses (an open model). A request failed when its response was a 5xx or
did not come. Rates are per real second: requests are not faster because the clock is. The mesh says
in a response header which pod answered, which tells the sides apart whatever the application is.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from rehearsal.clock import ScaledClock
from rehearsal.errors import UserError
from rehearsal.live.mesh.resources import SERVED_BY
from rehearsal.recording import Recording
from rehearsal.recording.records import TrafficRecord

_TIMEOUT_S = 10.0
_MOST_EXAMPLES = 20
_MOST_IN_FLIGHT = 400
_REPORT_PERIOD_S = 0.25

FAILED = "failed"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class TrafficPlan:
    """`rate` requests a second to these paths, in proportion to their weights."""

    rate: float = 40.0
    paths: tuple[tuple[str, int], ...] = (("/", 1),)

    def schedule(self) -> Sequence[str]:
        """One round of paths, interleaved, each as often as its weight says."""
        total = max(weight for _, weight in self.paths)
        rounds = range(total)
        return [path for turn in rounds for path, weight in self.paths if turn < weight]


def parse_traffic(text: str) -> TrafficPlan | None:
    """Read `RATE/s[@PATH]`, `RATE/s@FILE` with a path and a weight on each line, or `none`."""
    if text == "none":
        return None
    rate_text, _, where = text.partition("@")
    try:
        rate = float(rate_text.strip().removesuffix("/s"))
    except ValueError:
        rate = 0.0
    if not 0.1 <= rate <= 2000:
        raise UserError(f"--traffic {text!r}: write RATE/s[@PATH], with a rate from 0.1 to 2000")
    if not where or (where.startswith("/") and not Path(where).is_file()):
        return TrafficPlan(rate, ((where or "/", 1),))
    return TrafficPlan(rate, _read_paths(Path(where), text))


def _read_paths(file: Path, option: str) -> tuple[tuple[str, int], ...]:
    try:
        lines = file.read_text(errors="replace")[:1_000_000].splitlines()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise UserError(f"--traffic {option!r}: {file}: {reason}") from None
    paths = []
    for number, line in enumerate(lines, 1):
        path, _, weight = line.partition("#")[0].strip().partition(" ")
        if not path:
            continue
        count = weight.strip() or "1"
        if not path.startswith("/") or not (count.isdecimal() and 0 < int(count[:6]) <= 10_000):
            raise UserError(f"{file}:{number}: write /PATH WEIGHT, a weight from 1 to 10000")
        paths.append((path, int(count)))
    if not paths:
        raise UserError(f"{file}: contains no path")
    return tuple(paths)


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
        plan: TrafficPlan,
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
        loop = asyncio.get_running_loop()
        paths = itertools.cycle(self._plan.schedule())
        due_s = loop.time()
        limits = httpx2.Limits(max_connections=100)
        async with (
            httpx2.AsyncClient(
                proxy=self._proxy(), trust_env=False, timeout=_TIMEOUT_S, limits=limits
            ) as client,
            asyncio.TaskGroup() as requests,
        ):
            reporting = requests.create_task(self._report_now_and_then())
            try:
                while True:
                    await self._clock.wait_running()
                    if self._in_flight < _MOST_IN_FLIGHT:
                        requests.create_task(self._request(client, next(paths), self._weight))
                    due_s = max(due_s + 1 / self._plan.rate, loop.time() - 1.0)
                    await asyncio.sleep(max(0.0, due_s - loop.time()))
            finally:
                reporting.cancel()

    async def _request(self, client: httpx2.AsyncClient, path: str, weight: int | None) -> None:
        self._in_flight += 1
        try:
            side, failure = await self._outcome(client, path)
        finally:
            self._in_flight -= 1
        steady = weight if weight == self._weight else None
        self._unreported.setdefault(steady, Tally()).add(side, failure)
        self.total.add(side, failure)

    async def _outcome(self, client: httpx2.AsyncClient, path: str) -> tuple[str, str]:
        """The side that answered, and why the request failed; empty if it did not."""
        try:
            response = await client.get(self._base_url + path)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return FAILED, repr(error)[:200]
        pod = response.headers.get(SERVED_BY, "")
        side = self._side_of(pod) if pod else UNKNOWN
        failure = f"{path}: status {response.status_code}" if response.status_code >= 500 else ""
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
