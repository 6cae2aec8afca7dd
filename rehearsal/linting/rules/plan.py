"""Rules on the plan of the analysis: runs that never end, never begin, or check nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commons.durations import DurationError, parse_duration_s
from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, Subject

_SCHEDULER = "flagger pkg/controller/scheduler.go"
_MANY_CHECKS = 100


@rule(
    "step-of-zero",
    "error",
    reason="Flagger adds stepWeight to the canary's weight. With 0 the weight stays 0, and at"
    " weight 0 every tick starts the analysis again: the run never ends.",
    remedy="Write a step of at least 1, or iterations for Blue/Green.",
    bad="analysis: {stepWeight: 0}",
    good="analysis: {stepWeight: 10}",
    source=f"{_SCHEDULER}, nextStepWeight",
)
def step_of_zero(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    if subject.is_weighted and analysis.step_weight <= 0 and not analysis.step_weights:
        text = "the weight never increases: the analysis restarts on every tick"
        yield Hit(subject.manifest, (*ANALYSIS, "stepWeight"), text)


@rule(
    "steps-not-increasing",
    "error",
    reason="Flagger looks its current weight up in stepWeights and moves to the next, until the"
    " last is reached. A first step of 0 restarts the analysis on every tick; a step that is not"
    " above the one before it keeps the run where it is.",
    remedy="Write weights that increase from step to step, the first above 0.",
    bad="analysis: {stepWeights: [10, 10, 50]}",
    good="analysis: {stepWeights: [1, 10, 50]}",
    source=f"{_SCHEDULER}, nextStepWeight",
)
def steps_not_increasing(subject: Subject) -> Iterator[Hit]:
    steps = subject.analysis.step_weights
    if not subject.is_weighted or not steps:
        return
    stuck = _stuck_at(steps)
    path = (*ANALYSIS, "stepWeights")
    if stuck == 0:
        text = f"begins with {steps[0]}: the analysis restarts on every tick"
        yield Hit(subject.manifest, path, text)
    elif stuck is not None:
        index = steps.index(stuck) + 1
        text = f"{steps[index]} after {stuck} is no increase: the canary stays at {stuck}"
        yield Hit(subject.manifest, (*path, index), text)


def _stuck_at(steps: Sequence[int]) -> int | None:
    """The weight that the canary never leaves; None when the canary is promoted."""
    weight, limit = 0, min(TOTAL_WEIGHT, steps[-1])
    while True:
        step = _next_step(weight, steps)
        if step <= 0:
            return weight
        if weight >= limit:
            return None
        weight = min(TOTAL_WEIGHT, weight + step)


def _next_step(weight: int, steps: Sequence[int]) -> int:
    """What Flagger adds to the weight; 0 or less, and the tick does nothing."""
    room = TOTAL_WEIGHT - weight
    if room == 0:
        return 1
    if weight == 0:
        return min(room, steps[0])
    if weight in steps[:-1]:
        return min(room, steps[steps.index(weight) + 1] - weight)
    return room


@rule(
    "promoted-at-once",
    "error",
    reason="The last of stepWeights is the weight from which the canary is promoted. When it is 0,"
    " that is reached before anybody has met the canary.",
    remedy="Let the last step be the highest weight.",
    bad="analysis: {stepWeights: [10, 0]}",
    good="analysis: {stepWeights: [10, 50]}",
    source=f"{_SCHEDULER}, runCanary",
)
def promoted_at_once(subject: Subject) -> Iterator[Hit]:
    steps = subject.analysis.step_weights
    if subject.is_weighted and steps and steps[-1] <= 0 and _stuck_at(steps) is None:
        path = (*ANALYSIS, "stepWeights", len(steps) - 1)
        text = f"ends with {steps[-1]}: the canary is promoted without any traffic"
        yield Hit(subject.manifest, path, text)


@rule(
    "max-weight-ignored",
    "warning",
    reason="With stepWeights the last of them is the maximum; maxWeight is not read.",
    remedy="Remove maxWeight, and let the last of stepWeights be the maximum.",
    bad="analysis: {stepWeights: [10, 50], maxWeight: 20}",
    good="analysis: {stepWeights: [10, 20]}",
    source=f"{_SCHEDULER}, maxWeight",
)
def max_weight_ignored(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    if analysis.step_weights and analysis.max_weight > 0:
        text = f"is ignored with stepWeights: the canary is promoted from {analysis.weight_limit}"
        yield Hit(subject.manifest, (*ANALYSIS, "maxWeight"), text)


@rule(
    "max-weight-overshoot",
    "warning",
    reason="The canary is promoted once its weight has reached maxWeight, and no step is cut short"
    " to end there: 20, 40, 60 with a maxWeight of 50.",
    remedy="Make maxWeight a multiple of stepWeight, or write stepWeights.",
    bad="analysis: {stepWeight: 20, maxWeight: 50}",
    good="analysis: {stepWeight: 25, maxWeight: 50}",
    source=f"{_SCHEDULER}, runCanary; flagger pkg/controller/scheduler_deployment_test.go",
)
def max_weight_overshoot(subject: Subject) -> Iterator[Hit]:
    step, limit = subject.analysis.step_weight, subject.analysis.max_weight
    if subject.is_weighted and step > 0 and limit > 0 and limit % step:
        reached = min(100, step * -(-limit // step))
        text = f"is not a multiple of stepWeight: the last weight will be {reached}"
        yield Hit(subject.manifest, (*ANALYSIS, "maxWeight"), text)


@rule(
    "weight-out-of-range",
    "error",
    reason="Weights are percentages. The API server takes any number, and Flagger computes with"
    " it.",
    remedy="Write weights from 0 to 100.",
    bad="analysis: {stepWeight: 10, maxWeight: 500}",
    good="analysis: {stepWeight: 10, maxWeight: 50}",
    source=f"{_SCHEDULER}; Flagger's CRD has no bounds",
)
def weight_out_of_range(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    weights = {
        "maxWeight": (analysis.max_weight,),
        "stepWeight": (analysis.step_weight,),
        "stepWeights": analysis.step_weights,
        "stepWeightPromotion": (analysis.step_weight_promotion,),
        "mirrorWeight": (analysis.mirror_weight,),
    }
    for key, values in weights.items():
        wrong = next((value for value in values if not 0 <= value <= 100), None)
        if wrong is not None:
            yield Hit(subject.manifest, (*ANALYSIS, key), f"{wrong} is not from 0 to 100")


@rule(
    "promotion-step-negative",
    "error",
    reason="A negative stepWeightPromotion moves traffic away from the primary that is being"
    " promoted, and the promotion never ends.",
    remedy="Write a step from 1 to 100, or leave it out to switch at once.",
    bad="analysis: {stepWeight: 10, stepWeightPromotion: -10}",
    good="analysis: {stepWeight: 10, stepWeightPromotion: 50}",
    source=f"{_SCHEDULER}, runPromotionTrafficShift",
)
def promotion_step_negative(subject: Subject) -> Iterator[Hit]:
    if subject.analysis.step_weight_promotion < 0:
        text = "is negative: the promotion moves traffic the wrong way and never ends"
        yield Hit(subject.manifest, (*ANALYSIS, "stepWeightPromotion"), text)


@rule(
    "interval-changed",
    "warning",
    reason="The API server checks only how an interval begins. One that Go cannot read becomes 60"
    " s, and one below 10 s becomes 10 s.",
    remedy='Write a Go duration of at least 10 s, such as "30s" or "1m30s".',
    bad="analysis: {interval: 5s}",
    good="analysis: {interval: 30s}",
    source="flagger pkg/apis/flagger/v1beta1/canary.go, GetAnalysisInterval",
)
def interval_changed(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    try:
        written_s: float | None = parse_duration_s(analysis.interval)
    except DurationError:
        written_s = None
    if analysis.interval_s != written_s:
        text = f'"{analysis.interval[:40]}" becomes {analysis.interval_s:g}s'
        yield Hit(subject.manifest, (*ANALYSIS, "interval"), text)


@rule(
    "threshold-too-high",
    "warning",
    reason="The rollback comes after as many failed checks as the threshold says, one per interval."
    " A threshold in the hundreds or thousands leaves a broken canary with its traffic for"
    " hours or days.",
    remedy="Write the number of failed checks that you would watch before you stop by hand.",
    bad="analysis: {threshold: 10000}",
    good="analysis: {threshold: 5}",
    source="a public Canary with 10,000",
)
def threshold_too_high(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    if analysis.failed_checks_limit >= _MANY_CHECKS:
        hours = analysis.failed_checks_limit * analysis.interval_s / 3600
        text = (
            f"a broken canary is rolled back after {analysis.failed_checks_limit} failed checks,"
            f" {hours:.3g} hours"
        )
        yield Hit(subject.manifest, (*ANALYSIS, "threshold"), text)


@rule(
    "alert-without-severity",
    "warning",
    reason="Flagger compares the severity of an alert with that of the event, and an empty one is"
    " equal to none: nothing is ever sent, although the documentation says that info is the"
    " default.",
    remedy="Write severity: info, warn or error.",
    bad="analysis: {alerts: [{name: chat, providerRef: {name: chat}}]}",
    good="analysis: {alerts: [{name: chat, severity: info, providerRef: {name: chat}}]}",
    source="flagger pkg/controller/events.go, alert",
)
def alert_without_severity(subject: Subject) -> Iterator[Hit]:
    for index, alert in enumerate(subject.analysis.alerts):
        if not alert.severity:
            yield Hit(
                subject.manifest,
                (*ANALYSIS, "alerts", index),
                "without a severity nothing is ever sent",
            )


@rule(
    "analysis-skipped",
    "info",
    reason="With skipAnalysis every new revision is promoted as soon as its pods are ready: no"
    " metric is read, no traffic shifted, and no webhook called but confirm-rollout,"
    " post-rollout and event.",
    remedy="Remove skipAnalysis when the analysis is wanted again.",
    bad="skipAnalysis: true",
    good="skipAnalysis: false",
    source=f"{_SCHEDULER}, shouldSkipAnalysis",
)
def analysis_skipped(subject: Subject) -> Iterator[Hit]:
    if subject.spec.skip_analysis:
        text = "every new revision is promoted unchecked"
        yield Hit(subject.manifest, ("spec", "skipAnalysis"), text)


@rule(
    "suspended",
    "info",
    reason="A suspended Canary is left alone: a new revision waits, unseen, until it is resumed,"
    " and one that is half way keeps its weights.",
    remedy="Remove suspend to let Flagger go on.",
    bad="suspend: true",
    good="suspend: false",
    source=f"{_SCHEDULER}, advanceCanary",
)
def suspended(subject: Subject) -> Iterator[Hit]:
    if subject.spec.suspend:
        text = "Flagger does nothing for this Canary while it is suspended"
        yield Hit(subject.manifest, ("spec", "suspend"), text)
