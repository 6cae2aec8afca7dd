"""What a live view shows of the moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Glance:
    """One moment of a rehearsal. None where there is nothing to say yet."""

    name: str
    act: str
    phase: str
    primary_weight: int
    canary_weight: int
    failed_checks: int
    threshold: int
    success_percent: float | None
    p99_ms: float | None
    visits: int
    failures: int
    time_s: float
