"""One moment of a canary, for a live view, a picture or a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from rehearsal.recording.records import Record


@dataclass(frozen=True, slots=True)
class Snapshot(Record):
    """None where there is nothing to say yet; counts are those since the rehearsal began."""

    kind: ClassVar[str] = "snapshot"
    canary: str
    phase: str
    primary_weight: int
    canary_weight: int
    failed_checks: int
    threshold: int
    iterations: int = 0
    success_percent: float | None = None
    p99_ms: float | None = None
    requests: int = 0
    failures: int = 0
    step: str = ""
    title: str = ""
    waiting_for: tuple[str, ...] = ()
    replicas: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By workload: ready replicas, wanted replicas."""
