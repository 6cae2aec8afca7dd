"""The odds that lint asks for when the traffic is declared."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.flagger.canary.analysis import SUCCESS_RATE
from rehearsal.flagger.controller import Flags
from rehearsal.linting import Chances, Subject
from rehearsal.manifests import as_canary
from rehearsal.probability import Fault, Setting, odds

HEALTHY_SHARE = 0.001
BROKEN_SHARE = 0.05


def chances_at(traffic_per_s: float) -> Callable[[Subject], Chances | None]:
    """Computes the chances of a subject under so many requests per second of its users."""

    def chances(subject: Subject) -> Chances | None:
        if not subject.analysis.metrics or subject.spec.skip_analysis:
            return None
        broken = broken_share(subject)
        healthy, sick = odds(
            as_canary(subject.manifest),
            [traffic_per_s],
            [Fault(HEALTHY_SHARE), Fault(broken)],
            Setting(scrape_s=subject.options.scrape_s),
            templates=subject.manifests.templates(),
            flags=Flags(mesh_provider=subject.options.mesh_provider),
        ).rows
        return Chances(traffic_per_s, healthy.rolled_back, broken, sick.promoted)

    return chances


def broken_share(subject: Subject) -> float:
    """The share of failures that should be noticed: 5 %, or twice what the success rate allows."""
    limits = [
        metric.threshold_range.min_
        for metric in subject.analysis.metrics
        if metric.name == SUCCESS_RATE and metric.threshold_range is not None
    ]
    allowed = max((1 - limit / 100 for limit in limits if limit is not None), default=0.0)
    return min(1.0, max(BROKEN_SHARE, 2 * allowed))
