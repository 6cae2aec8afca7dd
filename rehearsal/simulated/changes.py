"""What is different in a scripted world from some tick on; docs/play.md describes the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.controller.delivery import Answer, TransportError
from rehearsal.simulated.workloads import Readiness

MOST_TICKS = 10_000


@dataclass(frozen=True)
class QueryError:
    """A query that fails with this text."""

    text: str


MetricValue = float | None | QueryError
"""What a metric's query is answered with; None is no values."""

HookBehaviour = Answer | TransportError
"""What becomes of one attempt to call a webhook."""


@dataclass(frozen=True)
class Change:
    """What is different from tick `at` (0 is the first) on; None and absent keys change nothing.

    A config set to None is deleted. `spec` is the whole spec that results from a merge.
    """

    at: int
    revision: str | None = None
    configs: Mapping[str, str | None] = field(default_factory=dict)
    primary: Readiness | None = None
    canary: Readiness | None = None
    metrics: Mapping[str, MetricValue] = field(default_factory=dict)
    hooks: Mapping[str, HookBehaviour] = field(default_factory=dict)
    prometheus_up: bool | None = None
    spec: CanarySpec | None = None
