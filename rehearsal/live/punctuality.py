"""Whether this machine keeps up with the canary's clock.

A rehearsal on a machine that is too slow says nothing about the canary: ticks come late, scrapes
have gaps, replicas start after their deadline. What was late is recorded, and a verdict that goes
against what was expected is then inconclusive. The clock is slowed down as well, so that what is
still to come can be in time. Pure but for the recording.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.recording import Recording
from rehearsal.recording.records import LatenessRecord

TICK_SHARE = 0.5
"""A tick that begins later than this share of its interval is late."""
SCRAPE_GAPS = 3.0
"""A gap between scrapes of more than this many scrape intervals is one."""
LEAST_WALL_S = 0.75
"""Shorter delays than this are the machine's ordinary noise."""
WAIT_SHARE = 0.6
"""A thread that waits for a processor for more than this share of the time is late."""
LEAST_GAP_S = 2.0
"""How long, on the wall, a lower speed is given before it is lowered again."""


def lower_speed(speed: float) -> float:
    """The next speed of a clock that a machine cannot keep up with: half, and not below 1."""
    return max(1.0, speed / 2)


@dataclass
class Punctuality:
    """Counts what came late; `real_s` turns durations of the canary into wall seconds."""

    recording: Recording
    real_s: Callable[[float], float]
    slow_down: Callable[[], None] = lambda: None
    """Called when something was late, but not again while that may still have its effect."""
    late: int = 0
    worst_s: float = 0.0
    _slowed_s: float = -math.inf

    def tick(self, now_s: float, due_s: float, interval_s: float) -> None:
        """A tick that was due at `due_s` begins."""
        if now_s - due_s > interval_s * TICK_SHARE:
            self._note(now_s, "a tick", self.real_s(now_s - due_s))

    def scrape(self, now_s: float, before_s: float, period_s: float) -> None:
        """A scrape ends; the one before ended at `before_s`."""
        gap_s = now_s - before_s
        if gap_s > period_s * SCRAPE_GAPS:
            self._note(now_s, "a scrape", self.real_s(gap_s - period_s))

    def processor(self, now_s: float, waited_s: float, within_s: float) -> None:
        """A thread could run and had no processor for so long; both in wall seconds.

        Said, so that nothing is held against the canary; the clock goes on as it does as long as
        ticks and scrapes are in time.
        """
        if waited_s > within_s * WAIT_SHARE:
            self._record(now_s, "a turn on the processor", waited_s)

    def _note(self, now_s: float, what: str, late_s: float) -> None:
        if late_s < LEAST_WALL_S:
            return
        self._record(now_s, what, late_s)
        if self.real_s(now_s - self._slowed_s) > LEAST_GAP_S:
            self._slowed_s = now_s
            self.slow_down()

    def _record(self, now_s: float, what: str, late_s: float) -> None:
        self.late += 1
        self.worst_s = max(self.worst_s, late_s)
        self.recording.append(LatenessRecord(now_s, what, late_s))
