import pytest

from rehearsal.metrics.patterns import PatternError
from rehearsal.metrics.series import Matcher, SeriesStore


def _store() -> SeriesStore:
    store = SeriesStore(retention_s=60)
    for at_s in (0.0, 30.0, 60.0):
        store.append({"__name__": "a", "pod": "detail-1"}, at_s, at_s)
        store.append({"__name__": "a", "pod": "detail-primary-1"}, at_s, at_s)
    return store


@pytest.mark.parametrize(
    ("operator", "value", "pods"),
    [
        ("=", "detail-1", {"detail-1"}),
        ("!=", "detail-1", {"detail-primary-1"}),
        ("=~", "detail-[0-9]+", {"detail-1"}),
        ("=~", "detail", set()),
        ("!~", "detail-[0-9]+", {"detail-primary-1"}),
    ],
)
def test_matchers_are_anchored(operator: str, value: str, pods: set[str]) -> None:
    found = _store().select([Matcher("pod", operator, value)])
    assert {series.labels["pod"] for series in found} == pods


def test_an_absent_label_is_the_empty_string() -> None:
    assert len(list(_store().select([Matcher("zone", "=", "")]))) == 2


def test_a_window_is_open_at_its_start() -> None:
    series = next(_store().select([Matcher("pod", "=", "detail-1")]))
    assert series.between(0, 30_000) == [(30_000, 30.0)]
    assert series.between(-1, 30_000) == [(0, 0.0), (30_000, 30.0)]


def test_a_sample_that_is_not_younger_is_dropped() -> None:
    store = _store()
    store.append({"__name__": "a", "pod": "detail-1"}, 60, 99)
    store.append({"__name__": "a", "pod": "detail-1"}, 59, 99)
    series = next(store.select([Matcher("pod", "=", "detail-1")]))
    assert series.values == [0.0, 30.0, 60.0]


def test_an_empty_label_is_none() -> None:
    store = SeriesStore()
    assert store.series({"__name__": "a", "zone": ""}) is store.series({"__name__": "a"})


@pytest.mark.parametrize("operator", ["=~", "!~"])
def test_a_pattern_that_cannot_be_is_refused_when_it_is_made(operator: str) -> None:
    with pytest.raises(PatternError, match="missing closing"):
        Matcher("pod", operator, "(")


def test_series_are_found_in_the_order_in_which_they_came() -> None:
    store = SeriesStore()
    for pod in ("c", "a", "b"):
        store.append({"__name__": "x", "pod": pod}, 0, 1)
    assert [s.labels["pod"] for s in store.select([Matcher("__name__", "=", "x")])] == [*"cab"]


def test_a_window_that_a_query_needs_is_kept() -> None:
    store = _store()
    store.keep(100_000)
    store.forget(159)
    assert len(store) == 2
    store.forget(161)
    assert len(store) == 0


def test_what_is_old_is_forgotten() -> None:
    store = _store()
    store.forget(100)
    series = next(store.select([Matcher("pod", "=", "detail-1")]))
    assert series.times_ms == [60_000]
    store.forget(1000)
    assert not list(store.select([Matcher("__name__", "=", "a")]))
