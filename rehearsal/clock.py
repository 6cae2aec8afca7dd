"""Three clocks for one control loop: the wall's, a scaled one, a virtual one.

A clock's seconds are the canary's seconds: an analysis interval of one minute is 60 on every clock.
Only the clock knows how long that is for the person watching.
"""

import asyncio
import contextlib
import time
from typing import NamedTuple, Protocol

# A tick has to leave real processes the time to be seen: `hey` to start, replicas to answer.
_LEAST_INTERVAL_S = 3.0
_MOST_SPEED = 20.0


class Clock(Protocol):
    """What tells the canary's time, in seconds from the start of the rehearsal."""

    def now_s(self) -> float: ...


class _Course(NamedTuple):
    """How a clock goes from a moment on: `rate` 0 while it stands still."""

    since_ns: int
    since_s: float
    rate: float


class ScaledClock:
    """The monotonic clock, `speed` times as fast: at 20, one minute takes three seconds.

    It can be slowed down, and stopped for a while. `now_s` may be asked from any thread, the rest
    is for the event loop's own.
    """

    def __init__(self, speed: float = 1.0, start_s: float = 0.0) -> None:
        self.speed = self.most_speed = speed
        self._paused = False
        self._course = _Course(time.monotonic_ns(), start_s, speed)
        self._changed = asyncio.Event()
        self.started_at_s = time.time()

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def now_s(self) -> float:
        since_ns, since_s, rate = self._course
        return since_s + (time.monotonic_ns() - since_ns) * rate / 1e9

    def real_s(self, duration_s: float) -> float:
        """How long `duration_s` of the canary's time takes on the wall, pauses apart."""
        return duration_s / self.speed

    def change_speed(self, speed: float) -> None:
        """Go on at another speed, of at most `most_speed`; ValueError otherwise.

        Faster than it began it never goes: what was started was laid out for that speed.
        """
        if not 0 < speed <= self.most_speed:
            raise ValueError(f"a speed above 0 and up to {self.most_speed:g}")
        self.speed = speed
        self._go_on()

    def set_paused(self, paused: bool) -> None:
        """Stand still, or go on."""
        self._paused = paused
        self._go_on()

    async def sleep(self, duration_s: float) -> None:
        """Wait so long by this clock, whatever happens to its speed meanwhile."""
        until_s = self.now_s() + duration_s
        await asyncio.sleep(0)
        while (rest_s := until_s - self.now_s()) > 0:
            timeout_s = None if self._paused else self.real_s(rest_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), timeout_s)

    async def wait_running(self) -> None:
        """Wait while it stands still."""
        while self._paused:
            await self._changed.wait()

    def _go_on(self) -> None:
        rate = 0.0 if self._paused else self.speed
        self._course = _Course(time.monotonic_ns(), self.now_s(), rate)
        self._changed.set()
        self._changed = asyncio.Event()


class VirtualClock:
    """A clock that stands still until it is told to go on: for tests and for planning."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        return self._now_s

    def advance(self, duration_s: float) -> None:
        if duration_s < 0:
            raise ValueError("time does not run backwards")
        self._now_s += duration_s


def default_speed(interval_s: float) -> float:
    """How fast to run when nobody said: an interval takes three seconds, and a minute not less."""
    return max(1.0, min(_MOST_SPEED, interval_s / _LEAST_INTERVAL_S))
