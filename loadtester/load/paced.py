"""The closed model with a rate per worker: hey's `-q`."""

import heapq
from collections.abc import Sequence
from time import monotonic_ns

from loadtester.load.alarm import make_alarm
from loadtester.load.closed import MakeLane
from loadtester.load.driver import Driver
from loadtester.load.lane import Lane
from loadtester.load.plan import ClosedPacing
from loadtester.load.recorder import NEVER, Recorder
from loadtester.load.schedules.constant import Constant


class PacedDriver(Driver):
    """Worker k of c at q per second: tick j is arrival j*c + k of one constant schedule of c*q.

    So the workers take turns instead of firing together. As with Go's ticker, one missed tick
    is kept for a worker that was busy and sent late; further ones are dropped, and counted.
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
            lane.tick = 0
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
        """Send for the oldest tick missed, or wait for the next one."""
        self.in_flight -= 1
        self.dropped += self._skip_missed(lane)
        lane.tick += 1
        due_ns = self._tick_ns(lane, lane.tick)
        if not self.issuing:
            while self.requests == NEVER and self._tick_ns(lane, lane.tick) < self.issued_until_ns:
                lane.tick += 1
                self.dropped += 1
            self._end_if_idle()
        elif due_ns <= end_ns:
            self._send(lane, due_ns)
        else:
            heapq.heappush(self._due, (due_ns, self._number[id(lane)], lane))
            if self._due[0][2] is lane:
                self._arm()

    def _skip_missed(self, lane: Lane) -> int:
        """Ticks that had passed when the lane sent: moves the lane to the last of them."""
        first = lane.tick
        while self._tick_ns(lane, lane.tick + 1) <= min(lane.sent_ns, self.until_ns - 1):
            lane.tick += 1
        return lane.tick - first

    def close(self) -> None:
        """Release the timer."""
        self._alarm.close()
