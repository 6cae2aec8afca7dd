"""What may be behind a parting of cluster and model: the differences that the texts give away."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.golang import NS_PER_MS, format_duration, format_float
from rehearsal.flagger.messages import Message, take_apart
from rehearsal.replay.guided import modern
from rehearsal.replay.replaying import Parting
from rehearsal.replay.starts import weights_of

ALWAYS = (
    "the Canary was edited meanwhile, events are missing (Kubernetes drops some of many), or this"
    " Flagger is not 1.44"
)
_MOST_STEPS = 12
_HALTS = {"success-rate-halt": SUCCESS_RATE, "duration-halt": DURATION}


def hints(parting: Parting, canary: Canary) -> tuple[str, ...]:
    """Sentences about a parting, the likeliest first; `canary` is the one of the file."""
    observed = take_apart(modern(parting.observed.message), canary)
    expected = take_apart(parting.expected, canary)
    failed_checks = parting.canary.status.failed_checks
    found = tuple(dict.fromkeys(_found(observed, expected, canary, failed_checks)))
    return found or (ALWAYS,)


def _found(
    observed: Message, expected: Message, canary: Canary, failed_checks: int
) -> Iterator[str]:
    yield from _unknown_names(observed, canary)
    yield from _weight(observed, expected, canary)
    yield from _limit(observed, canary)
    yield from _threshold(observed, expected, canary, failed_checks)
    analysis = canary.spec.analysis
    planned = observed.fields.get("iterations")
    if planned is not None and planned != str(analysis.iterations):
        yield f"the cluster's Canary has {planned} iterations, this one {analysis.iterations}"
    if observed.kind == "skipped" and not canary.spec.skip_analysis:
        yield "the cluster's Canary has skipAnalysis: true"
    if observed.kind == "copying" and expected.kind == "advanced-weight":
        weight = expected.fields["weight"]
        yield f"the cluster's Canary ends its plan before weight {weight}: a lower maxWeight"
    if observed.kind == "suspended":
        yield "the cluster's Canary was suspended"


def _unknown_names(observed: Message, canary: Canary) -> Iterator[str]:
    hook = observed.fields.get("hook")
    if hook is not None:
        kind = observed.kind.rpartition("-")[0]
        kind = "rollback" if kind == "rollback" else kind
        types = [
            (one.type or "rollout") for one in canary.spec.analysis.webhooks if one.name == hook
        ]
        if not types:
            yield f"this Canary has no webhook {hook}"
        elif kind not in types:
            yield f"the webhook {hook} is of type {types[0]} in this Canary, {kind} in the cluster"
    metric = observed.fields.get("metric") or _HALTS.get(observed.kind)
    if metric is not None and _metric(canary, metric) is None:
        yield f"this Canary has no metric {metric}"


def _weight(observed: Message, expected: Message, canary: Canary) -> Iterator[str]:
    if observed.kind != "advanced-weight":
        return
    weight, plan = int(observed.fields["weight"]), weights_of(canary.spec.analysis)[1:]
    steps = ", ".join(map(str, plan[:_MOST_STEPS])) or "no weights"
    if weight not in plan:
        yield f"weight {weight} is no step of this Canary's plan ({steps})"
    elif expected.kind == "advanced-weight":
        yield f"the cluster's Canary has other steps than this one ({steps})"


def _limit(observed: Message, canary: Canary) -> Iterator[str]:
    name = _HALTS.get(observed.kind) or observed.fields.get("metric", "")
    metric = _metric(canary, name)
    if metric is None or "limit" not in observed.fields:
        return
    limits = metric.threshold_range
    if limits is None:
        own: float | None = metric.threshold
    else:
        own = limits.min_ if observed.below else limits.max_
    text = "none" if own is None else _limit_text(name, own)
    if text != observed.fields["limit"]:
        bound = "minimum" if observed.below else "maximum"
        limit = observed.fields["limit"]
        yield f"the {bound} of {name} is {limit} in the cluster, {text} in this Canary"


def _limit_text(name: str, limit: float) -> str:
    return format_duration(int(limit) * NS_PER_MS) if name == DURATION else format_float(limit)


def _threshold(
    observed: Message, expected: Message, canary: Canary, failed_checks: int
) -> Iterator[str]:
    limit = canary.spec.analysis.failed_checks_limit
    if observed.kind == "rolling-back" and observed.fields["count"] != str(limit):
        count = observed.fields["count"]
        yield f"the threshold is {count} in the cluster, {limit} in this Canary"
    elif observed.kind == "rolling-back" and expected.kind != "rolling-back":
        seen = failed_checks + expected.counts_as_failed_check
        yield f"of the {limit} failed checks only {seen} are in the file"
    elif expected.kind == "rolling-back":
        yield f"the threshold is higher in the cluster than the {limit} of this Canary"


def _metric(canary: Canary, name: str) -> Metric | None:
    return next((one for one in canary.spec.analysis.metrics if one.name == name), None)
