"""Plans that never end, or never begin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rehearsal.flagger.golang import NS_PER_S, DurationError, parse_duration_ns
from rehearsal.flagger.lint.rule import Finding, Rule, Situation

_PLAN = "spec.analysis"


def step_of_zero(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if situation.is_weighted and analysis.step_weight <= 0 and not analysis.step_weights:
        text = "no step leads anywhere: the run starts again on every tick and never ends"
        yield Finding("step-of-zero", f"{_PLAN}.stepWeight", text)


def steps_that_stop(situation: Situation) -> Iterator[Finding]:
    steps = situation.analysis.step_weights
    if not situation.is_weighted or not steps:
        return
    if steps[0] <= 0:
        text = "begins with 0: the run starts again on every tick and never ends"
        yield Finding("steps-that-stop", f"{_PLAN}.stepWeights", text)
    for current, following in pairwise(steps):
        if following <= current:
            text = f"{following} after {current} does not grow: the run stays at {current} for good"
            yield Finding("steps-that-stop", f"{_PLAN}.stepWeights", text)
            return


def max_weight_ignored(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if analysis.step_weights and analysis.max_weight > 0:
        last = analysis.weight_limit
        text = f"is ignored with stepWeights: the canary is promoted from {last}"
        yield Finding("max-weight-ignored", f"{_PLAN}.maxWeight", text)


def overshoot(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    step, limit = analysis.step_weight, analysis.max_weight
    if situation.is_weighted and step > 0 and limit > 0 and limit % step:
        reached = min(100, step * -(-limit // step))
        text = f"is not a multiple of stepWeight: the last weight will be {reached}"
        yield Finding("overshoot", f"{_PLAN}.maxWeight", text)


def promotion_backwards(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if analysis.step_weight_promotion < 0:
        text = "is negative: the promotion moves traffic the wrong way and never ends"
        yield Finding("promotion-backwards", f"{_PLAN}.stepWeightPromotion", text)


def weights_out_of_range(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    weights = {
        "maxWeight": (analysis.max_weight,),
        "stepWeight": (analysis.step_weight,),
        "stepWeights": analysis.step_weights,
        "stepWeightPromotion": (analysis.step_weight_promotion,),
        "mirrorWeight": (analysis.mirror_weight,),
    }
    for key, values in weights.items():
        if any(not 0 <= value <= 100 for value in values):
            yield Finding("weights-out-of-range", f"{_PLAN}.{key}", "is not within 0 and 100")


def interval_changed(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if analysis.interval_s != _written_s(analysis.interval):
        text = f'"{analysis.interval}" becomes {analysis.interval_s:g}s'
        yield Finding("interval-changed", f"{_PLAN}.interval", text)


def _written_s(text: str) -> float | None:
    """The interval as written, in seconds; None when Go cannot read it."""
    try:
        return parse_duration_ns(text) / NS_PER_S
    except DurationError:
        return None


def threshold_of_one_without_early_traffic(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    types = {hook.type or "rollout" for hook in analysis.webhooks}
    if (
        analysis.failed_checks_limit == 1
        and analysis.metrics
        and "rollout" in types
        and "pre-rollout" not in types
    ):
        text = (
            "is 1 and load comes only from rollout webhooks, which start in the same tick as the"
            " first metric check: without other traffic the run ends on `no values found`"
        )
        yield Finding("first-check-trap", f"{_PLAN}.threshold", text)


def alert_without_severity(situation: Situation) -> Iterator[Finding]:
    for index, alert in enumerate(situation.analysis.alerts):
        if not alert.severity:
            text = "without a severity nothing is ever sent, whatever the documentation says"
            yield Finding("alert-without-severity", f"{_PLAN}.alerts[{index}]", text)


RULES: tuple[Rule, ...] = (
    step_of_zero,
    steps_that_stop,
    max_weight_ignored,
    overshoot,
    promotion_backwards,
    weights_out_of_range,
    interval_changed,
    threshold_of_one_without_early_traffic,
    alert_without_severity,
)
