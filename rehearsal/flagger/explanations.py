"""Why Flagger said what it said: for each event the rule behind it, with the numbers in it.

Source of the rules: flagger pkg/controller/scheduler.go, scheduler_metrics.go, scheduler_hooks.go
(v1.44.0).
"""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.golang import format_float
from rehearsal.flagger.messages import Message

Explain = Callable[[Message, Canary], str]


def explain(message: Message, canary: Canary) -> str:
    """A sentence or two about an event; `canary` is the object at the start of its tick.

    Empty where the event already says all there is.
    """
    known = _EXPLANATIONS.get(message.kind)
    if known is None:
        return ""
    return known if isinstance(known, str) else known(message, canary)


def limits_of(metric: Metric) -> str:
    """What a metric is held against: `at least 99`, `at most 500 ms`, `from 1 to 5`."""
    limits = metric.threshold_range
    unit = {SUCCESS_RATE: "%", DURATION: " ms"}.get(metric.name, "")
    if limits is None:
        bound = "at least" if metric.name == SUCCESS_RATE else "at most"
        return f"{bound} {format_float(metric.threshold)}{unit} (from the deprecated threshold)"
    low, high = limits.min_, limits.max_
    if low is not None and high is not None:
        return f"from {format_float(low)} to {format_float(high)}{unit}"
    if low is not None:
        return f"at least {format_float(low)}{unit}"
    return f"at most {format_float(high)}{unit}" if high is not None else "anything"


def _count(canary: Canary) -> str:
    """Where a failed check stands among those that end the rollout."""
    limit = canary.spec.analysis.failed_checks_limit
    number = canary.status.failed_checks + 1
    text = f"failed check {number} of threshold {limit}"
    if number < limit:
        return f"{text}; passed checks do not reset the count"
    return f"{text}: the next tick rolls back before it checks anything"


def _measured(canary: Canary, name: str, value: str) -> str:
    found = (metric for metric in canary.spec.analysis.metrics if metric.name == name)
    metric = next(found, None)
    wanted = f" and must be {limits_of(metric)}" if metric else ""
    return f"{name} was {value}{wanted}; {_count(canary)}"


def _success_rate(message: Message, canary: Canary) -> str:
    return _measured(canary, SUCCESS_RATE, f"{message.fields['value']}%")


def _duration(message: Message, canary: Canary) -> str:
    return _measured(canary, DURATION, message.fields["value"])


def _custom(message: Message, canary: Canary) -> str:
    return _measured(canary, message.fields["metric"], message.fields["value"])


def _no_traffic(message: Message, canary: Canary) -> str:
    cause = "too little traffic in the metric's interval, or only failed requests from the start"
    return f"the query returned nothing or NaN: {cause}; {_count(canary)}"


def _no_custom(message: Message, canary: Canary) -> str:
    name = message.fields["metric"]
    return f"the query of {name} returned nothing or NaN, which is no zero; {_count(canary)}"


def _query(message: Message, canary: Canary) -> str:
    return f"a query that fails is a failed check; {_count(canary)}"


def _pre_rollout(message: Message, canary: Canary) -> str:
    hook = message.fields["hook"]
    return f"the canary gets no traffic before {hook} answers 200, 201 or 202; {_count(canary)}"


def _rollout(message: Message, canary: Canary) -> str:
    hook = message.fields["hook"]
    return f"{hook} must answer 200, 201 or 202 on every tick, before metrics; {_count(canary)}"


def _starting(message: Message, canary: Canary) -> str:
    if canary.status.failed_checks:
        return "the weight is still 0, so this tick starts the analysis again with pre-rollout"
    return "first tick with a ready canary: only pre-rollout webhooks are asked, no metrics"


def _advanced_weight(message: Message, canary: Canary) -> str:
    analysis = canary.spec.analysis
    weight = int(message.fields["weight"])
    limit = analysis.weight_limit
    if weight == 0:
        return "a mirror step: the canary gets copies of requests, and no weight"
    if weight >= limit:
        return f"the limit of {limit}% is reached: the next passed tick promotes"
    return f"the plan goes on to {limit}%"


def _advanced_iteration(message: Message, canary: Canary) -> str:
    done, planned = message.fields["iteration"], message.fields["iterations"]
    if done != planned:
        return ""
    return "the last iteration: the next passed tick goes on to promotion"


def _rolling_back(message: Message, canary: Canary) -> str:
    limit = canary.spec.analysis.failed_checks_limit
    count = message.fields["count"]
    return f"{count} checks have failed and threshold is {limit}; nothing was checked on this tick"


def _failed(message: Message, canary: Canary) -> str:
    limit = canary.spec.analysis.failed_checks_limit
    if canary.status.failed_checks >= limit:
        return "all traffic goes to the primary, the canary is scaled to zero"
    return (
        "given up before the threshold: a progress deadline was exceeded or a rollback webhook"
        " agreed; all traffic goes to the primary"
    )


def _copying(message: Message, canary: Canary) -> str:
    gates = [h.name for h in canary.spec.analysis.webhooks if h.type == "confirm-promotion"]
    agreed = f" and {', '.join(gates)} agreed" if gates else ""
    return f"the plan is done{agreed}: the primary gets the canary's pod template"


def _initialised(message: Message, canary: Canary) -> str:
    return f"{canary.primary} is ready and takes all traffic; {canary.target} is scaled to zero"


def _detected(message: Message, canary: Canary) -> str:
    return (
        f"the pod template or a tracked config of {canary.target} changed; it is scaled up, and"
        " analysis starts with the first tick on which it is ready"
    )


def _promotion_gate(message: Message, canary: Canary) -> str:
    if canary.status.phase is Phase.WAITING_PROMOTION:
        return ""
    return (
        "said once; metrics are still checked while it waits, so the rollout can still fail;"
        " status.canaryWeight shows 0 although routes stay"
    )


def _primary_not_ready(message: Message, canary: Canary) -> str:
    text = "not a failed check: the tick ends here until the primary has rolled out"
    if canary.status.phase is not Phase.FAILED:
        return text
    return (
        f"{text}; Flagger has already noted the new template, so this revision is lost until the"
        " template changes again"
    )


_EXPLANATIONS: dict[str, str | Explain] = {
    "providers-missing": "a warning only: initialization goes on without a metrics provider",
    "initialized": _initialised,
    "suspended": "spec.suspend is true: nothing is checked or changed, weights stay as they are",
    "detected": _detected,
    "restarting": "the target changed during analysis: weight and failed checks go back to 0",
    "starting": _starting,
    "advanced-weight": _advanced_weight,
    "advanced-iteration": _advanced_iteration,
    "advanced-primary": "stepWeightPromotion: traffic returns to the updated primary in steps",
    "copying": _copying,
    "routed-to-canary": "the last iteration passed: the canary takes all traffic for one interval",
    "routed-to-primary": "the primary runs the new revision and takes all traffic again",
    "promoted": "the new revision is now the primary's; the canary is scaled to zero",
    "skipped": "spec.skipAnalysis is true: promoted without checks",
    "confirm-rollout-closed": "said once; asked again on every tick, in silence, until it agrees",
    "confirm-traffic-increase-closed": "no step without it; no failed check; said on every tick",
    "confirm-promotion-closed": _promotion_gate,
    "pre-rollout-failed": _pre_rollout,
    "rollout-failed": _rollout,
    "post-rollout-failed": "the rollout is over; a failed post-rollout webhook changes nothing",
    "rollback-requested": "a rollback webhook answered 200, 201 or 202, which ends the rollout",
    "rolling-back": _rolling_back,
    "failed": _failed,
    "promotion-failed": "the new primary was not ready in time: all traffic stays on the canary",
    "primary-not-ready": _primary_not_ready,
    "canary-not-ready": "not a failed check: the tick ends here until the canary has rolled out",
    "no-success-rate": _no_traffic,
    "no-duration": _no_traffic,
    "no-custom-values": _no_custom,
    "success-rate-halt": _success_rate,
    "duration-halt": _duration,
    "custom-halt": _custom,
    "ab-unsupported": "the provider kubernetes cannot shift traffic; said on every tick",
    "builtin-query-failed": _query,
    "query-failed": _query,
    "template-query-failed": _query,
    "template-failed": _query,
    "query-unusable": _query,
}
