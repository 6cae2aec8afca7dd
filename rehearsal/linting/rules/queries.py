"""Rules on queries: what Prometheus refuses, and what it answers to another question."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.linting.queries import tells_canary_apart
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import Subject
from rehearsal.metrics.promql import PromQLError, compile_query
from rehearsal.metrics.promql.tree import (
    Node,
    counts_errors,
    metric_names,
    ratio,
    shortest_window_s,
)

_FOREIGN = {
    "{{args.": "an argument of Argo Rollouts",
    "{{ args.": "an argument of Argo Rollouts",
    "{{inputs.": "an argument of Argo",
    "{{ inputs.": "an argument of Argo",
    "{{steps.": "an argument of Argo",
    "$__": "a variable of Grafana",
    ".Values": "a value of a Helm chart",
    ".Release": "a value of a Helm chart",
}
_SCRAPED = "prometheus.io/scrape"
_MONITORS = ("PodMonitor", "ServiceMonitor", "VMPodScrape", "VMServiceScrape", "PodMonitoring")


def _example(query: str, limit: str = "max: 1", interval: str = "interval: 1m, ") -> str:
    return f"""\
analysis:
  metrics:
    - {{name: custom, {interval}templateRef: {{name: custom}}, thresholdRange: {{{limit}}}}}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {{name: custom, namespace: flagger}}
spec:
  provider: {{type: prometheus, address: "http://prometheus:9090"}}
  query: |
    {query}
"""


_APP = 'x{app="{{ target }}"}'
_GOOD = _example(f"sum(rate({_APP}[{{{{ interval }}}}]))")
_PLAIN = 'requests_total{app="{{ target }}"}[1m]'
_FAILED = 'requests_total{app="{{ target }}",status=~"5.."}[1m]'


@rule(
    "template-without-interval",
    "error",
    reason="Only the builtin metrics have a default interval. A template that asks for it without"
    " one becomes `[]`, which Prometheus refuses: the check fails on every tick.",
    remedy="Write the metric's interval.",
    bad=_example(f"sum(rate({_APP}[{{{{ interval }}}}]))", interval=""),
    good=_GOOD,
    source=(
        "flagger pkg/controller/scheduler_metrics.go, runMetricChecks",
        "fluxcd/flagger#998",
    ),
)
def template_without_interval(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        if query.metric.query or query.metric.interval or not query.uses_interval:
            continue
        text = "is missing, and the template uses it: `[]` is answered 400 on every check"
        yield Hit(subject.manifest, (*query.metric_path, "interval"), text)


@rule(
    "interval-unreadable",
    "error",
    reason="A metric's interval goes into the query as it is. The API server checks only how it"
    " begins; one that Prometheus cannot read is answered 400 on every check.",
    remedy='Write a Prometheus duration such as "30s", "1m" or "1m30s".',
    bad="analysis: {metrics: [{name: request-success-rate, interval: 1min,"
    " thresholdRange: {min: 99}}]}",
    good="analysis: {metrics: [{name: request-success-rate, interval: 1m,"
    " thresholdRange: {min: 99}}]}",
    source=("Flagger's CRD", "fluxcd/flagger#998"),
)
def interval_unreadable(subject: Subject) -> Iterator[Hit]:
    for path, metric in subject.metrics():
        if not metric.interval:
            continue
        try:
            compile_query(f"rate(x[{metric.interval[:60]}])")
        except PromQLError:
            text = f'Prometheus cannot read "{metric.interval[:40]}"'
            yield Hit(subject.manifest, (*path, "interval"), text)


@rule(
    "query-unreadable",
    "error",
    reason="Flagger renders a query as a Go template with eight functions (name, namespace, target,"
    " service, ingress, route, interval, variables) and sends it to Prometheus. When one of the"
    " two cannot read it, the check fails on every tick.",
    remedy="Correct the query; `rehearse lint --dry-run-metrics` asks a real Prometheus.",
    bad=_example('sum(rate(x{app="{{ args.service }}"}[1m]))'),
    good=_GOOD,
    source=("flagger pkg/metrics/observers/render.go", "fluxcd/flagger#1716"),
)
def query_unreadable(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        if not query.error:
            continue
        foreign = next((what for mark, what in _FOREIGN.items() if mark in query.template), "")
        hint = f"; it holds {foreign}" if foreign else ""
        yield Hit(query.holder, query.path, f"{query.error[:200]}{hint}")


@rule(
    "constant-query",
    "error",
    reason="A query without a series asks Prometheus for nothing that it has measured: its value is"
    " the same whatever the canary does.",
    remedy="Ask for a series of the canary.",
    bad=_example("vector(100)", "min: 99"),
    good=_GOOD,
    source="public Canaries",
)
def constant_query(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        if query.tree is not None and not any(True for _ in query.tree.selectors()):
            text = "asks for no series: its value says nothing of the canary"
            yield Hit(query.holder, query.path, text)


@rule(
    "query-counts-primary",
    "warning",
    reason="While a canary has 5 % of the requests, a query over target and primary together says"
    " what the primary is like: the canary's errors drown in it. Only the primary's workload has"
    " -primary in its name; a pattern such as `detail-.*` matches both.",
    remedy='Select by `{{ target }}`: app="{{ target }}", or the pods by'
    ' pod=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)".',
    bad=_example('sum(rate(x{pod=~"{{ target }}-.*"}[{{ interval }}]))'),
    good=_example('sum(rate(x{pod=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"}[{{ interval }}]))'),
    source=("11 of 206 public Canaries", "fluxcd/flagger#795"),
)
def query_counts_primary(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        tree = query.tree
        if tree is None or not any(True for _ in tree.selectors()):
            continue
        if not tells_canary_apart(subject, tree):
            text = "no selector tells the canary from the primary"
            yield Hit(query.holder, query.path, text)


@rule(
    "error-ratio-empty",
    "warning",
    reason="While nothing fails there are no series of failures, and a quotient with an empty"
    " numerator has no value: the check of a healthy canary fails with `no values found`.",
    remedy="Write `(sum(rate(failures[1m])) or vector(0)) / sum(rate(all[1m]))`.",
    bad=_example(f"sum(rate({_FAILED})) / sum(rate({_PLAIN}))", "max: 0.01"),
    good=_example(f"(sum(rate({_FAILED})) or vector(0)) / sum(rate({_PLAIN}))", "max: 0.01"),
    source=("fluxcd/flagger#1365", "public Canaries"),
)
def error_ratio_empty(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        parts = ratio(query.tree) if query.tree is not None else None
        if parts is None or query.tree is None or query.tree.has_operator("or"):
            continue
        if counts_errors(parts[0]) and not query.tree.calls("absent", "clamp_min"):
            text = "is empty while nothing fails: add `or vector(0)` to the failures"
            yield Hit(query.holder, query.path, text)


@rule(
    "ratio-limit",
    "error",
    reason="A quotient is from 0 to 1, and from 0 to 100 only when it is multiplied by 100. A limit"
    " of the other scale always fails or never does.",
    remedy="Multiply the query by 100, or write the limit as a ratio.",
    bad=_example(
        'sum(rate(x{app="{{ target }}",code!~"5.."}[1m])) / sum(rate(x{app="{{ target }}"}[1m]))',
        "min: 99",
    ),
    good=_example(
        'sum(rate(x{app="{{ target }}",code!~"5.."}[1m])) / sum(rate(x{app="{{ target }}"}[1m]))',
        "min: 0.99",
    ),
    source=("fluxcd/flagger#839", "fluxcd/flagger#752"),
)
def ratio_limit(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        parts = ratio(query.tree) if query.tree is not None else None
        limits = query.metric.threshold_range
        if parts is None or limits is None or not _is_share(parts[0], parts[1]):
            continue
        path, factor = (*query.metric_path, "thresholdRange"), parts[2]
        if factor == 1 and limits.min_ is not None and limits.min_ > 1:
            text = f"the query is a ratio up to 1, and the least is {limits.min_:g}: always fails"
            yield Hit(subject.manifest, (*path, "min"), text)
        elif factor == 100 and limits.min_ is not None and 0 < limits.min_ <= 1:
            text = f"the query is in percent: {100 - limits.min_:g} % of failures pass"
            yield Hit(subject.manifest, (*path, "min"), text)
        elif factor == 1 and limits.max_ is not None and limits.max_ >= 1:
            text = f"the query is a ratio up to 1, and the most is {limits.max_:g}: never fails"
            yield Hit(subject.manifest, (*path, "max"), text)


def _is_share(part: Node, whole: Node) -> bool:
    """Whether both count the same thing, so that the quotient is a share of it."""
    return metric_names(part) == metric_names(whole) != set()


@rule(
    "seconds-or-milliseconds",
    "warning",
    reason="Prometheus histograms named _seconds answer in seconds, and limits are often thought in"
    " milliseconds: 500 then means more than eight minutes, and never fails.",
    remedy="Multiply the query by 1000, or write the limit in seconds.",
    bad=_example(
        'histogram_quantile(0.99, sum(rate(h_seconds_bucket{app="{{ target }}"}[1m])) by (le))',
        "max: 500",
    ),
    good=_example(
        'histogram_quantile(0.99, sum(rate(h_seconds_bucket{app="{{ target }}"}[1m])) by (le))'
        " * 1000",
        "max: 500",
    ),
    source="public Canaries",
)
def seconds_or_milliseconds(subject: Subject) -> Iterator[Hit]:
    for query in subject.queries:
        limits, tree = query.metric.threshold_range, query.tree
        if tree is None or limits is None or limits.max_ is None or tree.is_scaled:
            continue
        if not tree.calls("histogram_quantile"):
            continue
        path = (*query.metric_path, "thresholdRange", "max")
        names = " ".join(metric_names(tree))
        if "_seconds" in names and "milli" not in names and limits.max_ >= 50:
            text = f"the query is in seconds: {limits.max_:g} s is never reached"
            yield Hit(subject.manifest, path, text)
        elif ("milliseconds" in names or "_ms_" in names) and limits.max_ < 5:
            text = f"the query is in milliseconds: {limits.max_:g} ms is always exceeded"
            yield Hit(subject.manifest, path, text)


@rule(
    "window-too-short",
    "warning",
    reason="rate() needs two samples in its window. A window below two scrape intervals (--scrape,"
    " 15 s unless given; Prometheus' own default is 1m) holds one or none: `no values found`.",
    remedy="Make the metric's interval at least two scrape intervals, better four.",
    bad="analysis: {metrics: [{name: request-success-rate, interval: 15s,"
    " thresholdRange: {min: 99}}]}",
    good="analysis: {metrics: [{name: request-success-rate, interval: 1m,"
    " thresholdRange: {min: 99}}]}",
    source=("fluxcd/flagger#1123", "Prometheus documentation, rate()", "5 of 206 public Canaries"),
)
def window_too_short(subject: Subject) -> Iterator[Hit]:
    least_s = 2 * subject.options.scrape_s
    for path, metric in subject.metrics():
        window_s = _window_s(metric.interval) if metric.is_builtin else None
        if window_s is not None and window_s < least_s:
            text = f"{window_s:g}s hold less than two scrapes of {subject.options.scrape_s:g}s"
            yield Hit(subject.manifest, (*path, "interval"), text)
    for query in subject.queries:
        window_s = shortest_window_s(query.tree) if query.tree is not None else None
        if window_s is None or window_s >= least_s:
            continue
        text = f"{window_s:g}s hold less than two scrapes of {subject.options.scrape_s:g}s"
        if query.uses_interval and query.metric.interval:
            yield Hit(subject.manifest, (*query.metric_path, "interval"), text)
        elif not query.uses_interval:
            yield Hit(query.holder, query.path, text)


def _window_s(interval: str) -> float | None:
    try:
        return compile_query(f"rate(x[{(interval or '1m')[:60]}])").reach_ms / 1000
    except PromQLError:
        return None


@rule(
    "builtin-without-scraping",
    "warning",
    reason="On kubernetes and the Gateway API nothing counts requests but the application: the"
    " builtin metrics ask for its histogram http_request_duration_seconds. The target's pods have"
    " no prometheus.io/scrape annotation, and no monitor was given: probably nobody scrapes them.",
    remedy="Annotate the pod template, add a PodMonitor, or use MetricTemplates.",
    bad="""\
provider: kubernetes
analysis: {iterations: 5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: detail, namespace: flagger}
spec:
  selector: {matchLabels: {app: detail}}
  template:
    metadata: {labels: {app: detail}}
    spec:
      containers:
        - name: detail
          image: detail:1.0
          readinessProbe: {httpGet: {path: /ping, port: 3000}}
""",
    good="""\
provider: kubernetes
analysis: {iterations: 5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: detail, namespace: flagger}
spec:
  selector: {matchLabels: {app: detail}}
  template:
    metadata:
      labels: {app: detail}
      annotations: {prometheus.io/scrape: "true", prometheus.io/port: "3000"}
    spec:
      containers:
        - name: detail
          image: detail:1.0
          readinessProbe: {httpGet: {path: /ping, port: 3000}}
""",
    source=("flagger pkg/metrics/observers/http.go", "fluxcd/flagger#883"),
)
def builtin_without_scraping(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if subject.provider_facts.source != "application" or target is None:
        return
    annotations = target.spec.template.metadata.annotations
    monitored = any(subject.manifests.of_kind(kind) for kind in _MONITORS)
    if annotations.get(_SCRAPED) == "true" or monitored:
        return
    for path, metric in subject.metrics():
        if metric.is_builtin:
            text = (
                f"asks for http_request_duration_seconds of {target.name}, whose pods have no"
                f" {_SCRAPED} annotation"
            )
            yield Hit(subject.manifest, (*path, "name"), text)
            return
