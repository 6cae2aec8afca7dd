"""Looking at a run while it goes on, and stopping it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

SNAPSHOTS_PER_S = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a running test, for progress lines."""

    elapsed_s: float
    remaining_s: float | None
    """Time left by the plan; None when only the number of requests ends it."""
    progress: float | None
    """Share of the plan done, 0..1; None when unknown."""
    rate_rps: float
    """Responses per second over the last second or so."""
    completed: int
    errors: int
    in_flight: int
    backlog: int
    p50_ms: float
    p99_ms: float
    """Response time (open model) or service time (closed) over the last second or so."""
    phase: str = "load"
    """`warm-up`, `load` or `drain`."""


DRAIN, REPORT_NOW = 1, 2
"""Levels of a stop signal."""
Observer = Callable[[Snapshot], None]
"""Called about SNAPSHOTS_PER_S times a second on the event loop: it must be quick."""


class StopSignal:
    """Asks a run to end. Once: stop issuing, drain, report. Twice: report now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may interrupt itself
        self._level = 0
        self._callbacks: list[Callable[[int], None]] = []

    @property
    def level(self) -> int:
        """0 go on, DRAIN: send no more, REPORT_NOW: wait for nothing either."""
        return self._level

    def request(self) -> None:
        """One step further towards the end."""
        with self._lock:
            self._level = min(REPORT_NOW, self._level + 1)
            level, callbacks = self._level, list(self._callbacks)
        for callback in callbacks:
            callback(level)

    def subscribe(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Call back with the level at each request, from its thread. Returns how to unsubscribe."""
        with self._lock:
            self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)
