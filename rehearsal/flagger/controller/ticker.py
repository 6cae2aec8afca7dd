"""When to tick: at once, then every interval, as a Go ticker does.

A Go ticker holds one tick at most: what falls due while a tick is running is delivered right after
it, once; the rest is dropped, and the rhythm stays that of the start.
"""

from __future__ import annotations


class Ticker:
    """Says how long to wait; it neither sleeps nor knows what time it is."""

    def __init__(self, interval_s: float, start_s: float) -> None:
        if interval_s <= 0:
            raise ValueError("the interval must be positive")
        self.interval_s = interval_s
        self._next_s = start_s
        self._rhythm_s = start_s

    def due(self, now_s: float) -> bool:
        """Whether to tick now; a yes uses the tick up."""
        if now_s < self._next_s:
            return False
        missed = int((now_s - self._rhythm_s) // self.interval_s)
        self._next_s = self._rhythm_s + (missed + 1) * self.interval_s
        return True

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next tick, 0 if one is due."""
        return max(0.0, self._next_s - now_s)
