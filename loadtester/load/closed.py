"""The closed model: every worker sends its next request as soon as the last is answered."""

from collections.abc import Callable, Sequence
from time import monotonic_ns

from loadtester.load.alarm import make_alarm
from loadtester.load.driver import Driver
from loadtester.load.lane import Lane
from loadtester.load.recorder import NEVER, Recorder

MakeLane = Callable[[Callable[[Lane, int], None]], Lane]


class ClosedDriver(Driver):
    """As fast as answers come, over a fixed number of lanes."""

    def __init__(self, recorder: Recorder, make_lane: MakeLane, connections: int) -> None:
        super().__init__(recorder)
        self._lanes = [make_lane(self.lane_free) for _ in range(connections)]
        self._deadline = make_alarm(self._on_deadline)

    @property
    def lanes(self) -> Sequence[Lane]:
        """One per worker."""
        return self._lanes

    def _begin(self) -> None:
        if self.until_ns != NEVER:
            self._deadline.set(self.until_ns)
        for lane in self._lanes:
            self.in_flight += 1
            self.lane_free(lane, self.start_ns)

    def _on_deadline(self) -> None:
        """Ends the issuing, unless the alarm was still that of the warm-up."""
        if monotonic_ns() >= self.until_ns:
            self.stop_issuing()

    def lane_free(self, lane: Lane, end_ns: int) -> None:
        """Send the next one, if there is one."""
        if self.sent < self.requests and self.issuing and end_ns < self.until_ns:
            self.sent += 1
            lane.start()
            return
        self.in_flight -= 1
        if self.sent >= self.requests or end_ns >= self.until_ns:
            self.stop_issuing(end_ns)
        else:
            self._end_if_idle()

    def close(self) -> None:
        """Release the timer."""
        self._deadline.close()
