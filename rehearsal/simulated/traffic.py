"""What background traffic meets in a simulated world, and what the checks see of it. Pure.

Requests are counted, not sent: so many a second, split by the weight in force, of which those that
reach a candidate meet the faults in front of it. Counts are expectations, rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.errors import UserError
from rehearsal.faults import Fault
from rehearsal.recording.records import TrafficRecord

HEALTHY_MS = 20.0
_FAILS_FROM_STATUS = 500
_P99_SHARE_PERCENT = 1.0


@dataclass(frozen=True)
class Requests:
    """Requests of one stretch of time, by who answered them."""

    primary: int
    canary: int
    failed: int

    def record(self, time_s: float, weight: int) -> TrafficRecord:
        """As a record of background traffic."""
        sides = {"primary": self.primary, "canary": self.canary}
        return TrafficRecord(time_s, weight, self.primary + self.canary, self.failed, sides)


def requests_in(
    duration_s: float, rate_per_s: float, weight: int, faults: Sequence[Fault]
) -> Requests:
    """The requests of a stretch of time at one weight, with faults in front of the canary."""
    total = round(duration_s * rate_per_s)
    canary = round(total * weight / 100)
    return Requests(total - canary, canary, round(canary * failing_share(faults)))


def failing_share(faults: Sequence[Fault]) -> float:
    """The share of a candidate's requests that fail; faults strike one after the other."""
    passed = 1.0
    for fault in faults:
        fails = fault.kind == "reset" or fault.status >= _FAILS_FROM_STATUS
        if fault.kind in ("abort", "reset") and fails:
            passed *= 1 - fault.percent / 100
    return 1 - passed


def success_percent(faults: Sequence[Fault]) -> float:
    """The success rate of a candidate behind these faults."""
    return 100 * (1 - failing_share(faults))


def p99_ms(faults: Sequence[Fault]) -> float:
    """The 99th percentile of a candidate's request durations behind these faults."""
    delays = [fault for fault in faults if fault.kind == "delay"]
    slow = [fault.delay_s * 1000 for fault in delays if fault.percent >= _P99_SHARE_PERCENT]
    return HEALTHY_MS + sum(slow)


def check_fault(fault: Fault) -> None:
    """Raise UserError for a fault whose effect depends on requests that nobody sends."""
    if fault.kind == "bandwidth":
        raise UserError(f"a simulated world has no bodies: {fault}; use errors, delay or reset")
    if fault.path or fault.header:
        raise UserError(f"a simulated world has no paths and headers: {fault}; leave them out")
