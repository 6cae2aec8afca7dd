"""The closed model with a rate per worker: hey's `-q`."""

import heapq
from collections import deque
from collections.abc import Sequence
from time import monotonic_ns

from loadtester.load.alarm import make_alarm
from loadtester.load.closed import MakeLane
from loadtester.load.driver import Driver
from loadtester.load.lane import Lane
from loadtester.load.plan import ClosedPacing
from loadtester.load.recorder import Recorder
from loadtester.load.schedules.constant import Constant


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
        make_lane: MakeLane,
        pacing: ClosedPacing,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        super().__init__(recorder)
        self._workers = pacing.connections
        self._schedule = Constant(pacing.qps_per_connection * pacing.connections)
        self._numbers = range(shard[0], pacing.connections, shard[1])
        self._lanes = [make_lane(self.lane_free) for _ in self._numbers]
        self._number = dict(zip(map(id, self._lanes), self._numbers, strict=True))
        self._due: list[tuple[int, int, Lane]] = []
        self._owed: dict[int, deque[int]] = {id(lane): deque() for lane in self._lanes}
        self._alarm = make_alarm(self._wake)

    @property
    def lanes(self) -> Sequence[Lane]:
        """One per worker."""
        return self._lanes

    def _tick_ns(self, lane: Lane, tick: int) -> int:
        arrival = tick * self._workers + self._number[id(lane)]
        return self.start_ns + self._schedule.planned_ns(arrival)

    def _begin(self) -> None:
        self._due.clear()
        for lane in self._lanes:
            lane.tick = -1
            self._owed[id(lane)].clear()
            heapq.heappush(self._due, (self._tick_ns(lane, 0), self._number[id(lane)], lane))
        self._arm()

    def _arm(self) -> None:
        if self._due:
            self._alarm.set(min(self._due[0][0], self.until_ns))

    def _wake(self) -> None:
        now_ns = monotonic_ns()
        if now_ns >= self.until_ns and (not self._due or self._due[0][0] >= self.until_ns):
            self.stop_issuing()
            return
        if self._due and self._due[0][0] <= now_ns:
            self.recorder.result.dispatch_lateness.record(now_ns - self._due[0][0])
        while self._due and self._due[0][0] <= now_ns and self.issuing:
            due_ns, _, lane = heapq.heappop(self._due)
            lane.tick += 1
            self._send(lane, due_ns)
        self._arm()

    def _send(self, lane: Lane, due_ns: int) -> None:
        if due_ns >= self.until_ns:
            self.stop_issuing()
            return
        self.sent += 1
        self.in_flight += 1
        lane.start(due_ns)
        if self.sent >= self.requests:
            self.stop_issuing()

    def lane_free(self, lane: Lane, end_ns: int) -> None:
        """Send for the oldest tick owed, or wait for the next one."""
        self.in_flight -= 1
        owed = self._owed[id(lane)]
        self._look_at_ticks(lane, owed, min(end_ns, self.until_ns - 1))
        if end_ns >= self.until_ns:
            self.stop_issuing(end_ns)
        if not self.issuing:
            self.dropped += len(owed)
            owed.clear()
            self._end_if_idle()
        elif owed:
            self._send(lane, owed.popleft())
        else:
            due_ns = self._tick_ns(lane, lane.tick + 1)
            heapq.heappush(self._due, (due_ns, self._number[id(lane)], lane))
            if self._due[0][2] is lane:
                self._arm()

    def _look_at_ticks(self, lane: Lane, owed: deque[int], end_ns: int) -> None:
        """Decide about each tick up to `end_ns`: owed, or missed and dropped."""
        missed = 0
        while (due_ns := self._tick_ns(lane, lane.tick + 1)) <= end_ns:
            lane.tick += 1
            missed += due_ns > lane.sent_ns
            if missed > 1:
                self.dropped += 1
            else:
                owed.append(due_ns)

    def close(self) -> None:
        """Release the timer."""
        self._alarm.close()
