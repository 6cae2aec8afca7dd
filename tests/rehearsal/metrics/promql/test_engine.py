import math

import pytest

from rehearsal.metrics.promql import PromQLError, evaluate, parse
from rehearsal.metrics.promql.vector import Element
from rehearsal.metrics.series import SeriesStore

APPMESH = (
    ' sum( rate( rq{ pod=~"detail-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)", code!~"5.*" }[1m] ) ) /'
    ' sum( rate( rq{ pod=~"detail-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)" }[1m] ) ) * 100'
)


def _count(store: SeriesStore, pod: str, code: str, per_s: float, since_s: float = 0) -> None:
    for at_s in range(0, 121, 5):
        if at_s >= since_s:
            labels = {"__name__": "rq", "pod": pod, "code": code}
            store.append(labels, at_s, per_s * (at_s - since_s))


def _ask(store: SeriesStore, query: str, at_s: float = 120) -> list[Element]:
    value = evaluate(parse(query), store, at_s)
    assert not isinstance(value, float)
    return value


def test_the_success_rate_of_the_canary_leaves_the_primary_out() -> None:
    store = SeriesStore()
    _count(store, "detail-6b7-abcde", "200", per_s=9)
    _count(store, "detail-6b7-abcde", "500", per_s=1)
    _count(store, "detail-primary-9x8-vwxyz", "500", per_s=50)
    assert _ask(store, APPMESH)[-1].value == pytest.approx(90.0)


def test_only_failures_from_birth_on_are_no_value() -> None:
    store = SeriesStore()
    _count(store, "detail-6b7-abcde", "500", per_s=5)
    assert _ask(store, APPMESH) == []


def test_no_traffic_in_the_window_is_not_a_number() -> None:
    store = SeriesStore()
    _count(store, "detail-6b7-abcde", "200", per_s=0)
    assert math.isnan(_ask(store, APPMESH)[-1].value)


def test_a_series_with_one_sample_adds_nothing_yet() -> None:
    store = SeriesStore()
    _count(store, "detail-6b7-abcde", "200", per_s=10)
    _count(store, "detail-6b7-abcde", "500", per_s=10, since_s=120)
    assert _ask(store, APPMESH)[-1].value == pytest.approx(100.0)


def test_the_quantile_of_summed_buckets() -> None:
    store = SeriesStore()
    for pod in ("a", "b"):
        for le, share in (("100", 0.5), ("500", 0.98), ("+Inf", 1.0)):
            for at_s in range(0, 61, 5):
                labels = {"__name__": "t_bucket", "pod": pod, "le": le}
                store.append(labels, at_s, at_s * 10 * share)
    query = "histogram_quantile(0.75, sum(rate(t_bucket[1m])) by (le))"
    expected = 100 + 400 * (0.75 - 0.5) / (0.98 - 0.5)
    assert _ask(store, query, 60)[-1].value == pytest.approx(expected)
    over = "histogram_quantile(0.99, sum(rate(t_bucket[1m])) by (le))"
    assert _ask(store, over, 60)[-1].value == 500.0


@pytest.fixture
def gauges() -> SeriesStore:
    store = SeriesStore()
    for pod, value in (("a", 1.0), ("b", 3.0)):
        store.append({"__name__": "g", "pod": pod}, 100, value)
        store.append({"__name__": "h", "pod": pod}, 100, 10.0)
    return store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("vector(1)", [1.0]),
        ("sum(g)", [4.0]),
        ("avg(g)", [2.0]),
        ("min(g)", [1.0]),
        ("max(g)", [3.0]),
        ("count(g)", [2.0]),
        ("g + h", [11.0, 13.0]),
        ("h / g * 2", [20.0, 20 / 3]),
        ("g > 2", [3.0]),
        ("2 < g", [3.0]),
        ("-g", [-1.0, -3.0]),
        ("2 ^ 3 + g % 2", [9.0, 9.0]),
        ("sum(absent) or vector(0)", [0.0]),
        ("sum(g) or vector(0)", [4.0]),
        ("g and h", [1.0, 3.0]),
        ('g unless h{pod="a"}', [3.0]),
        ("scalar(sum(g)) * g", [4.0, 12.0]),
        ("g * NaN", [math.nan, math.nan]),
        ("sum(g) by (pod)", [1.0, 3.0]),
        ("sum(g) without (pod)", [4.0]),
    ],
)
def test_values(gauges: SeriesStore, query: str, expected: list[float]) -> None:
    values = [element.value for element in _ask(gauges, query)]
    assert values == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("query", "expected"), [("1 + 2", 3.0), ("1 / 0", math.inf), ("-1 / 0", -math.inf)]
)
def test_scalars(query: str, expected: float) -> None:
    assert evaluate(parse(query), SeriesStore(), 0) == expected


@pytest.mark.parametrize(
    "query",
    [
        "g[1m]",
        "rate(g)",
        "rate(1)",
        "nonsense(g)",
        "sum(1)",
        "1 > 2",
        "1 or g",
        "histogram_quantile(g, 1)",
        "vector(g)",
    ],
)
def test_what_makes_no_sense_is_refused(gauges: SeriesStore, query: str) -> None:
    with pytest.raises(PromQLError):
        evaluate(parse(query), gauges, 100)


def test_an_instant_looks_back_five_minutes(gauges: SeriesStore) -> None:
    assert len(_ask(gauges, "g", 399)) == 2
    assert _ask(gauges, "g", 401) == []
