"""Was the generator or the target the limit? The generator's own health, and the verdict on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from commons.units import NS_PER_MS
from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.histogram import Histogram

BUSY_SHARE = 0.9
"""A process that used more of its core than this had no time left to send on time."""
LATE_NS = 10 * NS_PER_MS
"""Half of the wake-ups later than this, and the planned times were fiction."""
STARVED_NS = 100 * NS_PER_MS
"""One wake-up in a hundred later than this: other programs had the processor."""
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


def judge(
    *,
    is_paced: bool,
    shortfall: float,
    lateness: Histogram,
    health: Health,
    own_failures: Mapping[ErrorClass, int] | None = None,
) -> Verdict:
    """The verdict on a run.

    `shortfall` is the share of planned arrivals that were not sent (unsent, dropped);
    `lateness` is how late the pacing woke, which only this machine can be blamed for;
    `own_failures` counts the requests that this machine's own limits made impossible.
    """
    if own_failures:
        counted = ", ".join(f"{error}: {n}" for error, n in sorted(own_failures.items()))
        return Verdict(Limit.GENERATOR, f"this machine's own limits made requests fail ({counted})")
    busy = f"{health.busy_share:.0%} of its CPU"
    blame = _own_failings(lateness if is_paced else Histogram(), health)
    if not is_paced:
        if blame:
            return Verdict(Limit.GENERATOR, f"{blame}; the target may do more")
        return Verdict(Limit.TARGET, f"the generator used only {busy} and waited for the target")
    if blame and shortfall > RATE_TOLERANCE:
        return Verdict(Limit.GENERATOR, f"{blame}, and {shortfall:.1%} of the plan was not sent")
    if lateness.quantile(0.5) > LATE_NS:
        return Verdict(Limit.GENERATOR, blame)
    if shortfall > RATE_TOLERANCE:
        return Verdict(
            Limit.TARGET,
            f"{shortfall:.1%} of the plan was not sent because all connections were busy,"
            f" while the generator used {busy}",
        )
    late_ms = lateness.quantile(0.5) / NS_PER_MS
    return Verdict(Limit.OK, f"requests left on time (median {late_ms:.1f} ms late), with {busy}")


def _own_failings(lateness: Histogram, health: Health) -> str:
    """What this machine did wrong, or nothing."""
    late_ns = lateness.quantile(0.5)
    if late_ns > LATE_NS:
        return f"half of the wake-ups came {late_ns / NS_PER_MS:.0f} ms late or later"
    if health.busy_share >= BUSY_SHARE:
        return f"the generator used {health.busy_share:.0%} of its CPU"
    worst_ns = max(lateness.quantile(0.99), health.loop_lag_p99_ns)
    if worst_ns > STARVED_NS:
        worst = f"{worst_ns / NS_PER_MS:.0f} ms"
        return f"this machine let the generator wait up to {worst} for its turn"
    return ""
