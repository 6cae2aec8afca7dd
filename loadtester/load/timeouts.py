"""Request timeouts without a timer per request.

All requests have the same limit, so the next one to expire is known: the sweep looks at every
worker, expires what is due, and sets the timer for the earliest deadline left, or for a whole
limit from now. A healthy run is swept once per limit; a dying one exactly when it must be.
"""

from collections.abc import Callable, Sequence
from time import monotonic_ns

from commons.units import NS_PER_S
from loadtester.load.plan import Transport
from loadtester.load.timer import make_timer
from loadtester.load.worker import Worker


class Timeouts:
    """Expires the requests of `workers()` as the transport's limits say."""

    def __init__(self, transport: Transport, workers: Callable[[], Sequence[Worker]]) -> None:
        limits = [s for s in (transport.timeout_s, transport.connect_timeout_s) if s]
        self._limit_ns = int(min(limits) * NS_PER_S) if limits else 0
        self._workers = workers
        self._timer = make_timer(self._sweep)

    def start(self) -> None:
        """Watch from now on."""
        if self._limit_ns:
            self._timer.set(monotonic_ns() + self._limit_ns)

    def _sweep(self) -> None:
        now_ns = monotonic_ns()
        next_ns = now_ns + self._limit_ns
        for worker in list(self._workers()):
            if worker.busy:
                deadline_ns = min(worker.deadline_ns(), worker.connect_deadline_ns())
                if deadline_ns <= now_ns:
                    worker.expire()
                elif deadline_ns < next_ns:
                    next_ns = deadline_ns
        self._timer.set(next_ns)

    def close(self) -> None:
        """Release the timer."""
        self._timer.close()
