"""Which checks a Canary makes, out of its metrics and their queries. Pure.

Builtin metrics are Flagger's own. A query of one's own is taken apart: a quotient of which one side
selects failures or leaves them out is a share of requests, a `histogram_quantile` and a quotient of
`_sum` and `_count` are durations. What is none of these is assumed to pass, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commons.durations import DurationError, parse_duration_ns
from commons.units import NS_PER_US, US_PER_S
from rehearsal.flagger.canary.analysis import (
    DURATION,
    METRIC_INTERVAL,
    SUCCESS_RATE,
    Metric,
    ThresholdRange,
)
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.templates import collapse, model_of, render
from rehearsal.flagger.providers import queries_of
from rehearsal.metrics.promql.program import Call, Number
from rehearsal.metrics.promql.tree import (
    Node,
    counts_errors,
    metric_names,
    parse_tree,
    ratio,
    shortest_window_s,
)
from rehearsal.probability.buckets import buckets_of
from rehearsal.probability.checks import Check, DurationCheck, FailingCheck, ShareCheck, describe

_PODS = "kubernetes_pod_name"
_PERCENT = 100.0
_QUANTILE = "histogram_quantile"


def checks_of(
    canary: Canary, templates: Iterable[MetricTemplate], mesh_provider: str
) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """The checks in the order Flagger takes them, and a note on each that had to be guessed at."""
    provider = canary.spec.provider or mesh_provider
    found = {(one.namespace, one.name): one.spec.query for one in templates}
    checks: list[Check] = []
    notes: list[str] = []
    for check in (*_builtin(canary, provider), *_templated(canary, found)):
        if isinstance(check, str):
            notes.append(check)
            continue
        checks.append(check)
        if isinstance(check, FailingCheck):
            notes.append(f"metric {check.metric.name} always fails: {check.reason}")
        elif not check.metric.is_builtin:
            notes.append(f"metric {check.metric.name} is taken for {describe(check)}")
    return tuple(checks), tuple(notes)


def _builtin(canary: Canary, provider: str) -> Iterator[Check | str]:
    kind = canary.spec.target_ref.kind
    source = f"{provider}:service" if kind == "Service" else provider
    for metric in canary.spec.analysis.metrics:
        if metric.is_builtin and kind == "DaemonSet" and _PODS in queries_of(source).success_rate:
            yield (
                f"metric {metric.name} judges the primary's pods, for those of a DaemonSet have"
                " shorter names than the query expects; it is assumed to pass"
            )
        elif metric.name == SUCCESS_RATE:
            yield _success_rate(metric)
        elif metric.name == DURATION:
            yield _duration(metric, source)
        if metric.query:
            yield _custom(canary, metric, metric.query, metric.interval or METRIC_INTERVAL)


def _templated(canary: Canary, found: dict[tuple[str, str], str]) -> Iterator[Check | str]:
    for metric in canary.spec.analysis.metrics:
        reference = metric.template_ref
        if reference is None:
            if not (metric.is_builtin or metric.query):
                yield FailingCheck(metric, "it has neither a query nor a template")
            continue
        key = (reference.namespace_for(canary.namespace), reference.name)
        if key in found:
            yield _custom(canary, metric, found[key], metric.interval)
        else:
            yield (
                f"metric {metric.name} is assumed to pass: its MetricTemplate is in none of the"
                " files"
            )


def _success_rate(metric: Metric) -> Check:
    window_us = _microseconds(metric.interval or METRIC_INTERVAL)
    if window_us is None:
        return FailingCheck(metric, f'Prometheus cannot read the window "{metric.interval}"')
    return _share(metric, window_us, ThresholdRange(min_=metric.threshold), _PERCENT)


def _duration(metric: Metric, source: str) -> Check:
    window_us = _microseconds(metric.interval or METRIC_INTERVAL)
    if window_us is None:
        return FailingCheck(metric, f'Prometheus cannot read the window "{metric.interval}"')
    builtin = queries_of(source)
    quantile = 0.99 if _QUANTILE in builtin.duration else None
    bounds_s = buckets_of(builtin.duration)
    return DurationCheck(metric, window_us, quantile, bounds_s, builtin.ms_per_unit / 1000, source)


def _custom(canary: Canary, metric: Metric, query: str, interval: str) -> Check | str:
    unknown = f"metric {metric.name} is assumed to pass: what its query measures is not known here"
    try:
        rendered = collapse(render(query, model_of(canary, metric, interval)))
    except PortError as error:
        return FailingCheck(metric, str(error))
    error_text, tree = parse_tree(rendered)
    if error_text:
        return FailingCheck(metric, error_text)
    window_s = shortest_window_s(tree) if tree else None
    if tree is None or not window_s:
        return unknown
    window_us = round(window_s * US_PER_S)
    if tree.calls(_QUANTILE):
        return _custom_quantile(metric, tree, window_us, rendered)
    parts = ratio(tree)
    if parts is None:
        return unknown
    part, whole, factor = parts
    if _is_mean(part, whole):
        return DurationCheck(metric, window_us, None, buckets_of(rendered), 1 / factor)
    if counts_errors(part):
        return _custom_errors(metric, tree, window_us, factor)
    if _leaves_out(part):
        return _share(metric, window_us, ThresholdRange(max_=metric.threshold), factor)
    return unknown


def _custom_quantile(metric: Metric, tree: Node, window_us: int, rendered: str) -> DurationCheck:
    calls = [node for node in tree.walk() if _is_call(node, _QUANTILE)]
    given = calls[0].children[0].step
    quantile = given.value if isinstance(given, Number) else 0.99
    in_ms = any(mark in rendered for mark in ("milliseconds", "_ms_bucket", "rq_time_bucket"))
    unit_s = (1e-3 if in_ms else 1.0) / _factor(tree)
    return DurationCheck(metric, window_us, quantile, buckets_of(rendered), unit_s)


def _custom_errors(metric: Metric, tree: Node, window_us: int, factor: float) -> ShareCheck:
    """A share of failures; with `1 - share` or `or vector(0)` it has a value without any."""
    subtracts = tree.has_operator("-")
    if subtracts:
        return _share(metric, window_us, ThresholdRange(max_=metric.threshold), factor)
    allowed = metric.threshold_range or ThresholdRange(max_=metric.threshold)
    least = None if allowed.max_ is None else 1 - allowed.max_ / factor
    most = None if allowed.min_ is None else 1 - allowed.min_ / factor
    return ShareCheck(metric, window_us, least, most, needs_failures=not tree.has_operator("or"))


def _share(metric: Metric, window_us: int, otherwise: ThresholdRange, factor: float) -> ShareCheck:
    allowed = metric.threshold_range or otherwise
    least = None if allowed.min_ is None else allowed.min_ / factor
    most = None if allowed.max_ is None else allowed.max_ / factor
    return ShareCheck(metric, window_us, least, most)


def _is_mean(part: Node, whole: Node) -> bool:
    """Whether a sum is divided by its count."""
    sums = {name.removesuffix("_sum") for name in metric_names(part) if name.endswith("_sum")}
    counts = {name.removesuffix("_count") for name in metric_names(whole)}
    return bool(sums & counts)


def _leaves_out(node: Node) -> bool:
    """Whether it selects requests except some."""
    return any(
        matcher.operator in ("!=", "!~")
        for matchers in node.selectors()
        for matcher in matchers
        if matcher.value
    ) or _selects_successes(node)


def _selects_successes(node: Node) -> bool:
    values = [m.value.lower() for matchers in node.selectors() for m in matchers]
    return any(value.lstrip("^(").startswith(("2", "[23", "success", "ok")) for value in values)


def _is_call(node: Node, function: str) -> bool:
    return isinstance(node.step, Call) and node.step.function == function


def _factor(tree: Node) -> float:
    """What a quantile is multiplied by."""
    if tree.has_operator("*"):
        numbers = [node.step.value for node in tree.walk() if isinstance(node.step, Number)]
        return max(1.0, *numbers)
    return 1.0


def _microseconds(window: str) -> int | None:
    """A window that Prometheus reads: whole numbers, and above zero."""
    if "." in window or not window:
        return None
    try:
        return parse_duration_ns(window) // NS_PER_US or None
    except DurationError:
        return None
