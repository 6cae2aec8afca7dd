"""The engine's pulse: probes how late the event loop is, and shows snapshots to an observer."""

from collections import deque
from collections.abc import Callable
from time import monotonic_ns

from commons.units import NS_PER_MS, NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.observer import SNAPSHOTS_PER_S, Observer, Snapshot
from loadtester.load.pacing.driver import Driver
from loadtester.load.timer import NEVER, make_timer

BEATS_PER_SNAPSHOT = 4
BEAT_NS = NS_PER_S // (SNAPSHOTS_PER_S * BEATS_PER_SNAPSHOT)


class Heartbeat:
    """Beats every 50 ms while it is started. `on_beat` is called on each."""

    def __init__(
        self,
        driver: Driver,
        recorder: Recorder,
        observer: Observer | None,
        on_beat: Callable[[int], None],
    ) -> None:
        self._driver = driver
        self._recorder = recorder
        self._observer = observer
        self._on_beat = on_beat
        self._timer = make_timer(self._beat)
        self.restart("load")

    def restart(self, phase: str) -> None:
        """Beat from now on; the lags so far are forgotten."""
        self.lag = Histogram()
        self._phase = phase
        self._beats = 0
        self._next_ns = monotonic_ns() + BEAT_NS
        self._past: deque[tuple[int, int]] = deque(maxlen=SNAPSHOTS_PER_S + 1)
        self._timer.set(self._next_ns)

    def _beat(self) -> None:
        now_ns = monotonic_ns()
        self.lag.record(now_ns - self._next_ns)
        self._beats += 1
        if self._observer is not None and self._beats % BEATS_PER_SNAPSHOT == 0:
            self._observer(self._snapshot(now_ns))
        self._on_beat(now_ns)
        self._next_ns = max(self._next_ns + BEAT_NS, now_ns + BEAT_NS // 2)
        self._timer.set(self._next_ns)

    def _snapshot(self, now_ns: int) -> Snapshot:
        driver, recorder = self._driver, self._recorder
        self._past.append((now_ns, recorder.completed))
        then_ns, then = self._past[0] if len(self._past) > 1 else (driver.start_ns, 0)
        recent = recorder.recent_headline()
        remaining_s, progress = self._remaining(now_ns)
        return Snapshot(
            elapsed_s=(now_ns - driver.start_ns) / NS_PER_S,
            remaining_s=remaining_s,
            progress=progress,
            rate_rps=(recorder.completed - then) / max((now_ns - then_ns) / NS_PER_S, 1e-9),
            completed=recorder.completed,
            errors=recorder.errors,
            in_flight=driver.in_flight,
            backlog=driver.backlog,
            p50_ms=recent.quantile(0.5) / NS_PER_MS,
            p99_ms=recent.quantile(0.99) / NS_PER_MS,
            phase="drain" if self._phase == "load" and not driver.issuing else self._phase,
        )

    def _remaining(self, now_ns: int) -> tuple[float | None, float | None]:
        driver = self._driver
        shares = []
        remaining_s = None
        if driver.until_ns != NEVER:
            total_ns = driver.until_ns - driver.start_ns
            remaining_s = max(0.0, (driver.until_ns - now_ns) / NS_PER_S)
            shares.append(min(1.0, (now_ns - driver.start_ns) / total_ns))
        if driver.requests != NEVER:
            shares.append(min(1.0, driver.sent / driver.requests))
        return remaining_s, max(shares, default=None)

    def close(self) -> None:
        """Release the timer."""
        self._timer.close()
