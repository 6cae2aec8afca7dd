"""The open model: arrivals by a schedule that does not care about responses.

The backlog of arrivals that are due but have no worker yet is two numbers, for the schedule is
a pure function: which arrival is the next to become due, and which is the next to be sent.
A million waiting users cost no memory, and each is charged from the instant it was planned.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from time import monotonic_ns
from typing import Final

from loadtester.load.errors import RequestFailed
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.pacing.driver import Driver, MakeWorker
from loadtester.load.plan import OnSaturation, OpenPacing
from loadtester.load.timer import NEVER, make_timer
from loadtester.load.worker import Worker

BATCH: Final = 128
"""Arrivals dispatched at one wake-up, before responses get a turn."""
MANY: Final = 10_000
"""Arrivals left unsent, from which on they are counted by the bucket and not one by one."""
PREPARE_S: Final = 5.0
"""How long the connections may take to open before the clock runs without them."""


async def _open(worker: Worker) -> None:
    with contextlib.suppress(RequestFailed, TimeoutError):
        async with asyncio.timeout(PREPARE_S):
            await worker.connect()


class OpenDriver(Driver):
    """Sends each arrival at its planned time, as far as workers and the policy allow.

    `part` is this process's share of connections and of the maximum in flight; `place` is
    (k, P): this process takes arrivals k, k + P, k + 2P...
    """

    def __init__(
        self,
        recorder: Recorder,
        make_worker: MakeWorker,
        pacing: OpenPacing,
        part: tuple[int, int],
        place: tuple[int, int] = (0, 1),
    ) -> None:
        super().__init__(recorder)
        self._schedule = pacing.schedule
        self._policy = pacing.on_saturation
        self._make_worker = make_worker
        self._workers = [make_worker(self) for _ in range(part[0])]
        self._most = max(part) if pacing.on_saturation is OnSaturation.GROW else part[0]
        self._first, self._step = place
        self._free = deque(self._workers)
        self._timer = make_timer(self._wake)
        self._due = self._waiting = self._due_ns = 0

    @property
    def workers(self) -> Sequence[Worker]:
        """Every worker opened so far."""
        return self._workers

    @property
    def backlog(self) -> int:
        """Arrivals that are due and wait for a worker."""
        return self._due - self._waiting

    async def prepare(self) -> None:
        """Open the connections before the clock runs. Failing to is the requests' business."""
        await asyncio.gather(*(_open(worker) for worker in self._workers))

    def _planned_ns(self, number: int) -> int:
        """When this process's arrival `number` is due; NEVER when there is none."""
        if number >= self.requests:
            return NEVER
        planned_ns = self._schedule.planned_ns(self._first + number * self._step)
        return NEVER if planned_ns is None else self.start_ns + planned_ns

    def _begin(self) -> None:
        self._due = self._waiting = 0
        self._due_ns = self._planned_ns(0)
        self._wake()

    def _wake(self) -> None:
        now_ns = monotonic_ns()
        if self._due_ns <= now_ns:
            self.recorder.woke(now_ns - self._due_ns)
        for _ in range(BATCH):
            if self._due_ns > now_ns or self._due_ns >= self.until_ns or not self.issuing:
                break
            self._arrive(self._due_ns)
        self._rest(now_ns)

    def _rest(self, now_ns: int) -> None:
        """Sleep until the next arrival or the end of issuing, or end it."""
        if not self.issuing:
            return
        if now_ns >= self.until_ns:
            self._end_by_time(now_ns)
        elif self._due >= self.requests and not self.backlog:
            self.stop_issuing(now_ns)
        elif min(self._due_ns, self.until_ns) < NEVER:
            self._timer.set(min(self._due_ns, self.until_ns))

    def _end_by_time(self, now_ns: int) -> None:
        """Time is up: what is due and finds a worker is sent, only we were late; the rest is not.

        However many are due, they are counted at once, or the end would come later the more a
        plan asks for.
        """
        due = min(self.requests, self._arrivals_before(self.until_ns))
        while self._due < due and self.issuing and self._has_room:
            self._arrive(self._due_ns)
        if self._policy is OnSaturation.DROP:
            self.dropped += due - self._due
            self._waiting += due - self._due
        self._due = max(self._due, due)
        self.max_backlog = max(self.max_backlog, self.backlog)
        self.stop_issuing(now_ns)

    def _arrivals_before(self, at_ns: int) -> int:
        """How many of this process's arrivals are planned before an instant."""
        arrivals = self._schedule.arrivals_by(at_ns - self.start_ns - 1)
        return max(0, -((self._first - arrivals) // self._step))

    @property
    def _has_room(self) -> bool:
        return bool(self._free) or len(self._workers) < self._most

    def _arrive(self, planned_ns: int) -> None:
        self._due += 1
        self._due_ns = self._planned_ns(self._due)
        if self._free:
            self._waiting += 1
            self._send(self._free.popleft(), planned_ns)
        elif len(self._workers) < self._most:
            self._waiting += 1
            worker = self._make_worker(self)
            self._workers.append(worker)
            self._send(worker, planned_ns)
        elif self._policy is OnSaturation.DROP:
            self._waiting += 1
            self.dropped += 1
        elif self._due - self._waiting > self.max_backlog:
            self.max_backlog = self._due - self._waiting

    def _send(self, worker: Worker, planned_ns: int) -> None:
        self.sent += 1
        self.in_flight += 1
        worker.start(planned_ns)

    def worker_free(self, worker: Worker, end_ns: int) -> None:
        """Send for the arrival that waits longest, or wait."""
        self.in_flight -= 1
        if self._waiting < self._due and self.issuing and end_ns < self.until_ns:
            planned_ns = self._planned_ns(self._waiting)
            self._waiting += 1
            self._send(worker, planned_ns)
            if self._waiting >= self.requests:
                self.stop_issuing(end_ns)
            return
        self._free.append(worker)
        self._end_if_idle()

    def settle(self, end_ns: int) -> None:
        """Account for the arrivals that never got a worker, too."""
        if self._schedule.in_order or self.backlog < MANY:
            for first in range(self._waiting, self._due, MANY):
                numbers = range(first, min(first + MANY, self._due))
                self.recorder.arrivals_unsent(list(map(self._planned_ns, numbers)), end_ns)
        else:
            self.recorder.many_unsent(self._planned_ns, self._waiting, self._due, end_ns)
        super().settle(end_ns)

    def close(self) -> None:
        """Release the timer."""
        self._timer.close()
