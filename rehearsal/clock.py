"""Three clocks for one control loop: the wall's, a scaled one, a virtual one.

A clock's seconds are the canary's seconds: an analysis interval of one minute is 60 on every clock.
Only the clock knows how long that is for the person watching.
"""

import asyncio
import time
from typing import Protocol

# A tick has to leave real processes the time to be seen: `hey` to start, replicas to answer.
_LEAST_INTERVAL_S = 3.0
_MOST_SPEED = 20.0


class Clock(Protocol):
    """What tells the canary's time, in seconds from the start of the rehearsal."""

    def now_s(self) -> float: ...


class ScaledClock:
    """The monotonic clock, `speed` times as fast: at 20, one minute takes three seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._start_ns = time.monotonic_ns()
        self.started_at_s = time.time()

    def now_s(self) -> float:
        return (time.monotonic_ns() - self._start_ns) * self.speed / 1e9

    def real_s(self, duration_s: float) -> float:
        """How long `duration_s` of the canary's time takes on the wall."""
        return duration_s / self.speed

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(self.real_s(max(0.0, duration_s)))


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
