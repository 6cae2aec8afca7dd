"""A provider's own queries for request-success-rate and request-duration.

Texts are PromQL templates of flagger pkg/metrics/observers, one file per provider, written here as
they travel: white space collapsed, a leading space kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.flagger.controller.templates import Model

NS_PER_MS = 1_000_000


def _same(model: Model) -> Model:
    return model


@dataclass(frozen=True)
class Queries:
    """Two templates, and how the measured duration becomes milliseconds.

    `ms_per_unit` is 1000 where the query answers in seconds. `wraps_errors` is False for the one
    observer that passes a success-rate error on as it is. `adapt` changes the model first.
    """

    success_rate: str
    duration: str
    ms_per_unit: int = 1
    wraps_errors: bool = True
    adapt: Callable[[Model], Model] = _same

    def duration_ns(self, value: float) -> int:
        """A measured duration in nanoseconds, cut off to whole milliseconds."""
        return int(value * self.ms_per_unit) * NS_PER_MS


def ratio(counter: str, labels: str, failures: str) -> str:
    """Percent of requests that are not `failures`, over a counter with `labels`."""
    good = _rate(counter, f"{labels}, {failures}")
    return f" {good} / {_rate(counter, labels)} * 100"


def quantile(histogram: str, labels: str) -> str:
    """The 99th percentile of a histogram with `labels`."""
    selector = f"{histogram}{{ {labels} }}[{{{{ interval }}}}]"
    return f" histogram_quantile( 0.99, sum( rate( {selector} ) ) by (le) )"


def _rate(counter: str, labels: str) -> str:
    return f"sum( rate( {counter}{{ {labels} }}[{{{{ interval }}}}] ) )"
