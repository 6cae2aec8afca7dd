"""The closed model: every worker sends its next request as soon as the last is answered."""

from collections.abc import Sequence
from time import monotonic_ns

from loadtester.load.measuring.recorder import Recorder
from loadtester.load.pacing.driver import Driver, MakeWorker
from loadtester.load.timer import NEVER, make_timer
from loadtester.load.worker import Worker


class ClosedDriver(Driver):
    """As fast as responses come, over a fixed number of workers."""

    def __init__(self, recorder: Recorder, make_worker: MakeWorker, connections: int) -> None:
        super().__init__(recorder)
        self._workers = [make_worker(self) for _ in range(connections)]
        self._deadline = make_timer(self._on_deadline)

    @property
    def workers(self) -> Sequence[Worker]:
        """One per worker."""
        return self._workers

    def _begin(self) -> None:
        if self.until_ns != NEVER:
            self._deadline.set(self.until_ns)
        for worker in self._workers:
            self.in_flight += 1
            self.worker_free(worker, self.start_ns)

    def _on_deadline(self) -> None:
        """Ends the issuing, unless the timer was still that of the warm-up."""
        if monotonic_ns() >= self.until_ns:
            self.stop_issuing()

    def worker_free(self, worker: Worker, end_ns: int) -> None:
        """Send the next one, if there is one."""
        if self.sent < self.requests and self.issuing and end_ns < self.until_ns:
            self.sent += 1
            worker.start()
            return
        self.in_flight -= 1
        if self.sent >= self.requests or end_ns >= self.until_ns:
            self.stop_issuing(end_ns)
        else:
            self._end_if_idle()

    def close(self) -> None:
        """Release the timer."""
        self._deadline.close()
