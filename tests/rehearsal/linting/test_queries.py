"""Queries: rendered, read, and held against what the canary is called."""

import pytest

from tests.rehearsal.linting.examples import ids

RATE = "rate(requests_total{%s}[1m])"


def said(query: str, limit: str = "max: 5", interval: str = "interval: 1m, ") -> list[str]:
    """The rules that a template with the query breaks."""
    return ids(
        f"""\
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
    )


@pytest.mark.parametrize(
    "labels",
    [
        'app="{{ target }}"',
        'deployment=~"{{ target }}"',
        'pod=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"',
        'destination_workload="{{ target }}",reporter="destination"',
        'service="{{ service }}-canary"',
        'ingress="{{ ingress }}",canary!=""',
        'namespace="{{ namespace }}",pod!~".*-primary-.*"',
        'envoy_cluster_name=~"{{ namespace }}_{{ target }}-canary_.*"',
    ],
)
def test_queries_that_tell_canary_and_primary_apart(labels: str) -> None:
    assert said(f"sum({RATE % labels})") == []


@pytest.mark.parametrize(
    "labels",
    [
        'namespace="{{ namespace }}"',
        'pod=~"{{ target }}.*"',
        'pod=~"{{ target }}-.+"',
        'service="{{ service }}"',
        'destination_service_name="{{ target }}"',
        'ingress="{{ ingress }}"',
        'job="something"',
        "",
    ],
)
def test_queries_that_do_not(labels: str) -> None:
    assert said(f"sum({RATE % labels})") == ["query-counts-primary"]


@pytest.mark.parametrize(
    ("query", "limit", "rules"),
    [
        ("A / B", "min: 99", ["ratio-limit"]),
        ("A / B * 100", "min: 99", []),
        ("100 * A / B", "min: 99", []),
        ("A * 100 / B", "min: 99", []),
        ("100 * (A / B)", "min: 99", []),
        ("A / B * 100", "min: 0.99", ["ratio-limit"]),
        ("A / B", "max: 5", ["ratio-limit"]),
        ("A / B", "max: 0.05", []),
        ("E / B", "max: 0.05", ["error-ratio-empty"]),
        ("E / B * 100", "max: 5", ["error-ratio-empty"]),
        ("(E or vector(0)) / B * 100", "max: 5", []),
        ("E / B * 100 or vector(0)", "max: 5", []),
        ("100 - E / B * 100", "min: 99", ["error-ratio-empty"]),
        ("vector(100)", "min: 99", ["constant-query"]),
        ("1 + 1", "max: 5", ["constant-query"]),
        ("sum(", "max: 5", ["query-unreadable"]),
        ("{{ args.name }}", "max: 5", ["query-unreadable"]),
        ("rate(x[$__rate_interval])", "max: 5", ["query-unreadable"]),
        ("sum({{ variables.missing }})", "max: 5", ["query-unreadable"]),
        ("http://detail:3000/ping", "max: 5", ["query-unreadable"]),
        ('sum(rate(x{app="{{ target }}"}[10s]))', "max: 5", ["window-too-short"]),
    ],
)
def test_shapes(query: str, limit: str, rules: list[str]) -> None:
    good = 'sum(rate(requests_total{app="{{ target }}",code!~"5.."}[1m]))'
    bad = 'sum(rate(requests_total{app="{{ target }}",code=~"5.."}[1m]))'
    every = 'sum(rate(requests_total{app="{{ target }}"}[1m]))'
    for letter, text in (("A", good), ("E", bad), ("B", every)):
        query = " ".join(
            part.replace(letter, text) if part.strip("()") == letter else part
            for part in query.split(" ")
        )
    assert said(query, limit) == rules


def test_an_interval_is_missing_only_where_a_known_template_uses_it() -> None:
    assert said('sum(rate(x{app="{{ target }}"}[1m]))', interval="") == []
    assert said('sum(rate(x{app="{{ target }}"}[{{ interval }}]))', interval="") == [
        "template-without-interval"
    ]
    unseen = "analysis: {metrics: [{name: m, templateRef: {name: t}, thresholdRange: {max: 1}}]}"
    assert ids(unseen) == []


def test_other_providers_queries_are_not_read_as_promql() -> None:
    example = """\
analysis: {metrics: [{name: m, templateRef: {name: t}, thresholdRange: {max: 1}, interval: 1m}]}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: t, namespace: flagger}
spec:
  provider: {type: datadog, address: "https://api.datadoghq.com", secretRef: {name: d}}
  query: "avg:a.b{service:{{ target }}}.as_rate()"
"""
    assert [one for one in ids(example) if one != "missing-reference"] == []
