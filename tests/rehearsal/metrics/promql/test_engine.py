"""Queries in the shapes that public Canaries and MetricTemplates use."""

import math

import pytest

from rehearsal.metrics.promql import (
    QueryRejectedError,
    QueryUnsupportedError,
    Value,
    compile_query,
    evaluate,
)
from rehearsal.metrics.series import STALE, SeriesStore

END_S = 300
APP = 'kubernetes_namespace="demo",kubernetes_pod_name=~"detail-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'


def _collapsed(query: str) -> str:
    """As Flagger sends it."""
    return " ".join(query.split())


@pytest.fixture(scope="module")
def store() -> SeriesStore:
    """A canary that answers 9 good and 1 bad requests a second, beside a primary with 20 good."""
    store = SeriesStore()
    for at_s in range(0, END_S + 1, 5):
        for pod, code, per_s in (
            ("detail-6b7-abcde", "200", 9),
            ("detail-6b7-abcde", "503", 1),
            ("detail-primary-9x8-vwxyz", "200", 20),
        ):
            labels = {
                "kubernetes_namespace": "demo",
                "kubernetes_pod_name": pod,
                "namespace": "demo",
                "app": "detail",
                "job": "detail-primary" if "primary" in pod else "detail-canary",
            }
            workload = {
                "destination_workload_namespace": "demo",
                "destination_workload": "detail-primary" if "primary" in pod else "detail",
            }
            count = float(per_s * at_s)
            store.append({"__name__": "http_requests_total", "status": code} | labels, at_s, count)
            store.append(
                {
                    "__name__": "istio_requests_total",
                    "reporter": "destination",
                    "response_code": code,
                }
                | workload,
                at_s,
                count,
            )
            for le, share in (("0.1", 0.5), ("0.5", 0.9), ("1", 1.0), ("+Inf", 1.0)):
                name = "http_request_duration_seconds_bucket"
                store.append(
                    {"__name__": name, "status": code, "le": le} | labels, at_s, count * share
                )
        gauge = {"__name__": "process_resident_memory_bytes", "pod": "detail-6b7-abcde"}
        store.append(gauge, at_s, 1e8 + at_s * 1e4)
        store.append({"__name__": "queue_length", "queue": "orders"}, at_s, float(at_s % 20))
    return store


PUBLIC: dict[str, tuple[str, float]] = {
    "error share of a mesh, brackets at the end": (
        """100 - sum(rate(istio_requests_total{reporter="destination",
           destination_workload_namespace="demo",destination_workload=~"detail",
           response_code!~"5.*"}[1m])) / sum(rate(istio_requests_total{reporter="destination",
           destination_workload_namespace="demo",destination_workload=~"detail"}[1m])) * 100""",
        10.0,
    ),
    "a comma after the last matcher": (
        'sum(rate(http_requests_total{namespace="demo",job="detail-canary",}[1m]))',
        10.0,
    ),
    "percent, the factor first": (
        f"""100 * sum(rate(http_requests_total{{{APP},status=~"5.*"}}[1m]))
            / sum(rate(http_requests_total{{{APP}}}[1m]))""",
        10.0,
    ),
    "or vector(0) where nothing failed": (
        """sum(rate(http_requests_total{job="detail-primary",status=~"5.*"}[1m]))
           / sum(rate(http_requests_total{job="detail-primary"}[1m])) or vector(0)""",
        0.0,
    ),
    "or on() vector(0)": ("sum(rate(nothing_total[1m])) or on() vector(0)", 0.0),
    "quantile in seconds": (
        f"""histogram_quantile(0.99, sum(rate(http_request_duration_seconds_bucket{{{APP}}}[1m]))
            by (le))""",
        0.95,
    ),
    "quantile by le in front, times a thousand": (
        f"""histogram_quantile(0.5,
            sum by (le) (rate(http_request_duration_seconds_bucket{{{APP}}}[1m]))) * 1000""",
        100.0,
    ),
    "irate": (f"sum(irate(http_requests_total{{{APP}}}[1m]))", 10.0),
    "increase": (f'sum(increase(http_requests_total{{{APP},status=~"5.."}}[2m]))', 120.0),
    "clamp_min against a division by nothing": (
        """sum(rate(nothing_total[1m]) or vector(0))
           / clamp_min(sum(rate(nothing_total[1m]) or vector(0)), 1)""",
        0.0,
    ),
    "clamp_max": (f"clamp_max(sum(rate(http_requests_total{{{APP}}}[1m])), 5)", 5.0),
    "avg_over_time of a gauge": ("avg_over_time(queue_length[1m])", 7.5),
    "max_over_time of a rate": (
        f"max_over_time(sum(rate(http_requests_total{{{APP}}}[1m]))[2m:15s])",
        10.0,
    ),
    "time": ("vector(time() - 100)", 200.0),
    "age by timestamp": ('time() - timestamp(queue_length{queue="orders"})', 0.0),
    "a gauge through a sum": ('sum(process_resident_memory_bytes{pod=~"detail-.*"}) / 1e6', 103.0),
    "slope of a gauge": ("deriv(process_resident_memory_bytes[2m])", 1e4),
    "before and now": (
        "sum(rate(http_requests_total[1m])) / sum(rate(http_requests_total[1m] offset 2m))",
        1.0,
    ),
    "canary against primary": (
        """sum(rate(http_requests_total{job="detail-canary"}[1m]))
           / ignoring(job) sum(rate(http_requests_total{job="detail-primary"}[1m]))""",
        0.5,
    ),
    "a comparison as 0 or 1": ('sum(rate(http_requests_total{status="503"}[1m])) > bool 0.5', 1.0),
    "a comparison as a filter": ('sum(rate(http_requests_total{status="503"}[1m])) > 0.5', 1.0),
    "the last of several": ("sum(rate(http_requests_total[1m])) by (job)", 20.0),
    "topk": ("topk(1, sum(rate(http_requests_total[1m])) by (job))", 20.0),
    "absent": ("absent(nothing_total)", 1.0),
    "scalar and vector": ("vector(scalar(sum(rate(http_requests_total[1m]))))", 30.0),
    "round": (f"round(sum(rate(http_requests_total{{{APP}}}[1m])), 0.5)", 10.0),
    "a label copied": (
        """sum(label_replace(rate(http_requests_total[1m]), "role", "$1", "job",
           "detail-(.*)")) by (role)""",
        20.0,
    ),
    "joined by a label": (
        """sum(rate(http_requests_total[1m]) * on(job) group_left count(http_requests_total)
           by (job)) by (job)""",
        20.0,
    ),
    "count": ('count(http_requests_total{status="200"})', 2.0),
    "quoted in single quotes": ("sum(rate(http_requests_total{job='detail-canary'}[1m]))", 10.0),
    "constant": ("vector(100)", 100.0),
}


@pytest.mark.parametrize("kind", PUBLIC)
def test_the_kinds_of_public_queries(store: SeriesStore, kind: str) -> None:
    query, expected = PUBLIC[kind]
    value = _vector(evaluate(_collapsed(query), store, END_S))
    assert value[-1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sum(rate(x[]))", 'unexpected "]" in subquery or range selector'),
        ('sum(rate(x{a="b" c="d"}[1m]))', 'unexpected identifier "c" in label matching'),
        ("sum(rate(x[1m]) / 2", "unclosed left parenthesis"),
        ("rate(x)", 'expected type range vector in call to function "rate"'),
        ("<no value>", "unexpected <op:<>"),
        ("rate(x[{{ interval }}])", "unexpected"),
    ],
)
def test_mistakes_of_public_queries(query: str, sentence: str) -> None:
    with pytest.raises(QueryRejectedError) as refused:
        compile_query(query)
    assert sentence in str(refused.value)


def test_a_comment_ends_a_query_that_was_put_on_one_line(store: SeriesStore) -> None:
    lines = "sum(rate(http_requests_total[1m])) # all of them\n / 10"
    assert _vector(evaluate(lines, store, END_S)) == pytest.approx([3.0])
    assert _vector(evaluate(_collapsed(lines), store, END_S)) == pytest.approx([30.0])


def test_only_failures_from_birth_on_are_no_value() -> None:
    store = SeriesStore()
    for at_s in range(0, 121, 5):
        store.append({"__name__": "rq", "code": "500"}, at_s, 5.0 * at_s)
    good, total = 'sum(rate(rq{code!~"5.*"}[1m]))', "sum(rate(rq[1m]))"
    assert evaluate(f"{good} / {total} * 100", store, 120) == []


def test_no_traffic_in_the_window_is_not_a_number() -> None:
    store = SeriesStore()
    for at_s in range(0, 121, 5):
        store.append({"__name__": "rq"}, at_s, 7.0)
    (value,) = _vector(evaluate("sum(rate(rq[1m])) / sum(rate(rq[1m]))", store, 120))
    assert math.isnan(value)


def test_a_series_with_one_sample_adds_nothing_yet() -> None:
    store = SeriesStore()
    for at_s in range(0, 121, 5):
        store.append({"__name__": "rq", "code": "200"}, at_s, 10.0 * at_s)
    store.append({"__name__": "rq", "code": "500"}, 120, 1000.0)
    assert _vector(evaluate("sum(rate(rq[1m]))", store, 120)) == pytest.approx([10.0])


def test_an_instant_looks_back_five_minutes() -> None:
    store = SeriesStore()
    store.append({"__name__": "g"}, 100, 1.0)
    assert _vector(evaluate("g", store, 399)) == [1.0]
    assert evaluate("g", store, 400) == []


def test_a_series_that_ended_is_gone_at_once_and_its_samples_are_not() -> None:
    store = SeriesStore()
    for at_s in (0, 5, 10):
        store.append({"__name__": "g"}, at_s, float(at_s))
    store.append({"__name__": "g"}, 15, STALE)
    assert evaluate("g", store, 16) == []
    assert _vector(evaluate("g offset 5s", store, 16)) == [10.0]
    assert _vector(evaluate("count_over_time(g[1m])", store, 16)) == [3.0]


@pytest.mark.parametrize("query", ["histogram_fraction(0, 1, x)", "x[(1m)]", "1_000"])
def test_what_only_we_cannot_is_said_as_ours(query: str) -> None:
    with pytest.raises(QueryUnsupportedError):
        evaluate(query, SeriesStore(), 0)


def test_queries_longer_than_the_retention_keep_their_samples() -> None:
    store = SeriesStore(retention_s=60)
    evaluate("sum(rate(x[10m] offset 5m))", store, 0)
    store.append({"__name__": "x"}, 0, 1.0)
    store.forget(1000)
    assert len(store) == 1
    store.forget(1300)
    assert len(store) == 0


def _vector(value: Value) -> list[float]:
    assert isinstance(value, list)
    return [element.value for element in value]
