"""Request timeouts without a timer per request.

All requests have the same limit, so the next one to expire is known: the sweep looks at every
lane, expires what is due, and sets the alarm for the earliest deadline left, or for a whole
limit from now. A healthy run is swept once per limit; a dying one exactly when it must be.
"""

from collections.abc import Callable, Sequence
from time import monotonic_ns

from loadtester.load.alarm import make_alarm
from loadtester.load.lane import Lane
from loadtester.load.plan import NS_PER_S, Transport


class Timeouts:
    """Expires the requests of `lanes()` as the transport's limits say."""

    def __init__(self, transport: Transport, lanes: Callable[[], Sequence[Lane]]) -> None:
        limits = [s for s in (transport.timeout_s, transport.connect_timeout_s) if s]
        self._limit_ns = int(min(limits) * NS_PER_S) if limits else 0
        self._lanes = lanes
        self._alarm = make_alarm(self._sweep)

    def start(self) -> None:
        """Watch from now on."""
        if self._limit_ns:
            self._alarm.set(monotonic_ns() + self._limit_ns)

    def _sweep(self) -> None:
        now_ns = monotonic_ns()
        next_ns = now_ns + self._limit_ns
        for lane in list(self._lanes()):
            if lane.busy:
                deadline_ns = min(lane.deadline_ns(), lane.connect_deadline_ns())
                if deadline_ns <= now_ns:
                    lane.expire()
                elif deadline_ns < next_ns:
                    next_ns = deadline_ns
        self._alarm.set(next_ns)

    def close(self) -> None:
        """Release the timer."""
        self._alarm.close()
