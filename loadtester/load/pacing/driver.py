"""What the pacing models have in common: issuing, counting, knowing when everything is over."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from time import monotonic_ns

from loadtester.load.measuring.recorder import Recorder
from loadtester.load.timer import NEVER
from loadtester.load.worker import Dispatcher, Worker

MakeWorker = Callable[[Dispatcher], Worker]
"""Makes a worker that gets its requests from here."""


class Driver(Dispatcher):
    """Decides when which worker sends. `over` is done when nothing is issued nor in flight."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._reset(0, NEVER, NEVER)

    def _reset(self, start_ns: int, until_ns: int, requests: int) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.start_ns = start_ns
        self.until_ns = until_ns
        self.requests = requests
        """How many to send, of this driver's share; NEVER is no limit."""
        self.issuing = False
        self.issued_until_ns = until_ns
        """When issuing ended."""
        self.sent = 0
        self.dropped = 0
        self.in_flight = 0
        self.max_backlog = 0

    async def prepare(self) -> None:
        """Make ready what must be before the clock runs."""

    def begin(self, start_ns: int, duration_ns: int | None, requests: int | None) -> None:
        """Issue from `start_ns` on, until the plan says otherwise. May be called again later."""
        until_ns = NEVER if duration_ns is None else start_ns + duration_ns
        self._reset(start_ns, until_ns, NEVER if requests is None else requests)
        self.issuing = True
        self._begin()

    @abstractmethod
    def _begin(self) -> None:
        """Send, or arm for, the first requests."""

    @property
    def backlog(self) -> int:
        """Arrivals that are due and wait for a worker."""
        return 0

    @property
    def workers(self) -> Sequence[Worker]:
        """Every worker there is."""
        return ()

    def stop_issuing(self, now_ns: int | None = None) -> None:
        """Issue no more; what is in flight goes on. Idempotent."""
        if self.issuing:
            self.issuing = False
            self.issued_until_ns = min(now_ns or monotonic_ns(), self.until_ns)
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self.issuing and not self.in_flight and not self.over.done():
            self.over.set_result(None)

    def fail(self, error: BaseException) -> None:
        """End the run by an error that is nobody's but ours."""
        if not self.over.done():
            self.over.set_exception(error)

    def abort(self) -> None:
        """Cut off whatever is in flight, now."""
        self.stop_issuing()
        for worker in self.workers:
            if worker.busy:
                worker.abort()
                self.in_flight -= 1
        self._end_if_idle()

    def settle(self, end_ns: int) -> None:
        """Report what became of the arrivals to the recorder."""
        self.recorder.issued(sent=self.sent, dropped=self.dropped, max_backlog=self.max_backlog)

    @abstractmethod
    def close(self) -> None:
        """Release timers."""
