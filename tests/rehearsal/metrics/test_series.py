import pytest

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


def test_a_window_is_closed_on_both_sides() -> None:
    series = next(_store().select([Matcher("pod", "=", "detail-1")]))
    assert series.between(0, 30) == [(0.0, 0.0), (30.0, 30.0)]


def test_what_is_old_is_forgotten() -> None:
    store = _store()
    store.forget(100)
    series = next(store.select([Matcher("pod", "=", "detail-1")]))
    assert series.times == [60.0]
    store.forget(1000)
    assert not list(store.select([Matcher("__name__", "=", "a")]))
