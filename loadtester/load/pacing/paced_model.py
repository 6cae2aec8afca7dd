"""The closed model with a rate per worker: hey's `-q`."""

import heapq
from collections import deque
from collections.abc import Sequence
from time import monotonic_ns

from loadtester.load.measuring.recorder import Recorder
from loadtester.load.pacing.driver import Driver, MakeWorker
from loadtester.load.plan import ClosedPacing
from loadtester.load.schedules.constant import Constant
from loadtester.load.timer import make_timer
from loadtester.load.worker import Worker


class PacedDriver(Driver):
    """Worker k of c at q per second: tick j is arrival j*c + k of one constant schedule of c*q.

    So the workers take turns instead of firing together. As with Go's ticker, of the ticks
    that pass while a worker is busy the first is kept and sent late; further ones are dropped,
    and counted. Ticks that pass because this program woke late are all sent: its own stalls
    are no reason to change the plan.
    """

    def __init__(
        self,
        recorder: Recorder,
        make_worker: MakeWorker,
        pacing: ClosedPacing,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        super().__init__(recorder)
        self._of = pacing.connections
        self._schedule = Constant(pacing.qps_per_connection * pacing.connections)
        self._numbers = range(shard[0], pacing.connections, shard[1])
        self._workers = [make_worker(self) for _ in self._numbers]
        self._number = dict(zip(map(id, self._workers), self._numbers, strict=True))
        self._due: list[tuple[int, int, Worker]] = []
        self._owed: dict[int, deque[int]] = {id(worker): deque() for worker in self._workers}
        self._timer = make_timer(self._wake)

    @property
    def workers(self) -> Sequence[Worker]:
        """One per worker."""
        return self._workers

    def _tick_ns(self, worker: Worker, tick: int) -> int:
        arrival = tick * self._of + self._number[id(worker)]
        return self.start_ns + self._schedule.planned_ns(arrival)

    def _begin(self) -> None:
        self._due.clear()
        for worker in self._workers:
            worker.tick = -1
            self._owed[id(worker)].clear()
            heapq.heappush(self._due, (self._tick_ns(worker, 0), self._number[id(worker)], worker))
        self._arm()

    def _arm(self) -> None:
        if self._due:
            self._timer.set(min(self._due[0][0], self.until_ns))

    def _wake(self) -> None:
        now_ns = monotonic_ns()
        if now_ns >= self.until_ns and (not self._due or self._due[0][0] >= self.until_ns):
            self.stop_issuing()
            return
        if self._due and self._due[0][0] <= now_ns:
            self.recorder.woke(now_ns - self._due[0][0])
        while self._due and self._due[0][0] <= now_ns and self.issuing:
            due_ns, _, worker = heapq.heappop(self._due)
            worker.tick += 1
            self._send(worker, due_ns)
        self._arm()

    def _send(self, worker: Worker, due_ns: int) -> None:
        if due_ns >= self.until_ns:
            self.stop_issuing()
            return
        self.sent += 1
        self.in_flight += 1
        worker.start(due_ns)
        if self.sent >= self.requests:
            self.stop_issuing()

    def worker_free(self, worker: Worker, end_ns: int) -> None:
        """Send for the oldest tick owed, or wait for the next one."""
        self.in_flight -= 1
        owed = self._owed[id(worker)]
        self._look_at_ticks(worker, owed, min(end_ns, self.until_ns - 1))
        if end_ns >= self.until_ns:
            self.stop_issuing(end_ns)
        if not self.issuing:
            self.dropped += len(owed)
            owed.clear()
            self._end_if_idle()
        elif owed:
            self._send(worker, owed.popleft())
        else:
            due_ns = self._tick_ns(worker, worker.tick + 1)
            heapq.heappush(self._due, (due_ns, self._number[id(worker)], worker))
            if self._due[0][2] is worker:
                self._arm()

    def _look_at_ticks(self, worker: Worker, owed: deque[int], end_ns: int) -> None:
        """Decide about each tick up to `end_ns`: owed, or missed and dropped."""
        last = self._last_tick_by(worker, end_ns)
        first_missed = max(worker.tick, self._last_tick_by(worker, worker.sent_ns)) + 1
        for tick in range(worker.tick + 1, min(first_missed, last) + 1):
            owed.append(self._tick_ns(worker, tick))
        self.dropped += max(0, last - first_missed)
        worker.tick = max(worker.tick, last)

    def _last_tick_by(self, worker: Worker, at_ns: int) -> int:
        """The worker's last tick that is due at an instant; -1 before the first."""
        arrivals = self._schedule.arrivals_by(at_ns - self.start_ns)
        return max(-1, (arrivals - 1 - self._number[id(worker)]) // self._of)

    def close(self) -> None:
        """Release the timer."""
        self._timer.close()
