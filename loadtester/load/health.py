"""Was the generator or the target the limit? The generator's own health, and the verdict on it."""

from dataclasses import dataclass
from enum import StrEnum

from loadtester.load.histogram import Histogram

BUSY_SHARE = 0.9
"""A process that used more of its core than this had no time left to send on time."""
LATE_NS = 10_000_000
"""Half of the requests later than this, and the planned times were fiction."""
RATE_TOLERANCE = 0.01


class Limit(StrEnum):
    """Who was the limit of a run."""

    OK = "ok"
    """Nobody: the plan was carried out."""
    GENERATOR = "generator-limited"
    """This machine could not send as planned: the numbers say nothing about the target."""
    TARGET = "target-limited"
    """The target (or the number of connections) did not keep up with the plan."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who was the limit, and one sentence why."""

    limit: Limit
    reason: str


NO_VERDICT = Verdict(Limit.OK, "nothing was sent")


@dataclass(slots=True)
class Health:
    """What the generator itself used and suffered."""

    cpu_s: float = 0.0
    """CPU seconds of all processes over the run."""
    wall_s: float = 0.0
    processes: int = 1
    loop_lag_p50_ns: int = 0
    loop_lag_p99_ns: int = 0
    loop_lag_max_ns: int = 0
    """How late a periodic wake-up of the event loop was."""

    @property
    def busy_share(self) -> float:
        """CPU used of the cores it could use, one per process; 0..1."""
        return self.cpu_s / (self.wall_s * self.processes) if self.wall_s else 0.0

    def merge(self, other: "Health") -> None:
        """Add another process; of the lags, the worse one counts."""
        self.cpu_s += other.cpu_s
        self.wall_s = max(self.wall_s, other.wall_s)
        self.processes += other.processes
        self.loop_lag_p50_ns = max(self.loop_lag_p50_ns, other.loop_lag_p50_ns)
        self.loop_lag_p99_ns = max(self.loop_lag_p99_ns, other.loop_lag_p99_ns)
        self.loop_lag_max_ns = max(self.loop_lag_max_ns, other.loop_lag_max_ns)


def judge(*, is_paced: bool, shortfall: float, lateness: Histogram, health: Health) -> Verdict:
    """The verdict on a run.

    `shortfall` is the share of planned arrivals that were not sent (unsent, dropped);
    `lateness` is how late free connections sent, which only the generator can be blamed for.
    """
    busy = f"{health.busy_share:.0%} of its CPU"
    if not is_paced:
        if health.busy_share >= BUSY_SHARE:
            return Verdict(Limit.GENERATOR, f"the generator used {busy}; the target may do more")
        return Verdict(Limit.TARGET, f"the generator used only {busy} and waited for the target")
    late_ns = lateness.quantile(0.5)
    if late_ns > LATE_NS:
        return Verdict(
            Limit.GENERATOR, f"half of the requests left {late_ns / 1e6:.1f} ms late or later"
        )
    if shortfall <= RATE_TOLERANCE:
        return Verdict(Limit.OK, f"every request left on time, with {busy}")
    if health.busy_share >= BUSY_SHARE:
        return Verdict(Limit.GENERATOR, f"{shortfall:.1%} of the plan was not sent, with {busy}")
    return Verdict(
        Limit.TARGET, f"{shortfall:.1%} of the plan was not sent while connections were busy"
    )
