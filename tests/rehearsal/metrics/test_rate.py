"""Expected values follow prometheus/promql/functions_test.go and its extrapolation rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.metrics.rate import (
    delta,
    increase,
    instant_delta,
    instant_rate,
    rate,
    regression,
)
from rehearsal.metrics.series import Point

STEADY = [(t * 1000, 2.0 * t) for t in range(5, 61, 5)]


def _at_seconds(*points: tuple[float, float]) -> list[Point]:
    return [(round(at_s * 1000), value) for at_s, value in points]


def test_a_steady_counter_has_its_slope() -> None:
    assert rate(STEADY, 0, 60_000) == pytest.approx(2.0)


@pytest.mark.parametrize("function", [rate, increase, delta, instant_rate, instant_delta])
def test_one_sample_says_nothing(function: object) -> None:
    assert callable(function)
    assert function([(5000, 100.0)], 0, 60_000) is None
    assert function([], 0, 60_000) is None


def test_a_reset_is_added_back() -> None:
    points = _at_seconds((0, 100), (15, 110), (30, 5), (45, 15), (60, 20))
    assert increase(points, 0, 60_000) == pytest.approx(30.0)


def test_a_far_edge_is_reached_by_half_a_gap_only() -> None:
    points = _at_seconds((30, 100), (35, 110), (40, 120))
    # 20 in 10 s, and half a gap of 5 s on either side: 20 * 15 / 10
    assert increase(points, 0, 60_000) == pytest.approx(30.0)


@pytest.mark.parametrize(("edge_ms", "reached_ms"), [(1099, 1099), (1100, 500), (1500, 500)])
def test_an_edge_is_near_below_one_and_a_tenth_mean_gaps(edge_ms: int, reached_ms: int) -> None:
    points = [(0, 10.0), (1000, 20.0), (2000, 30.0)]
    expected = 20.0 * (2000 + reached_ms) / 2000
    assert delta(points, 0, 2000 + edge_ms) == pytest.approx(expected)


def test_no_extrapolation_past_the_counter_s_zero() -> None:
    points = _at_seconds((4, 1), (9, 6), (14, 11))
    # the counter was 0 one second before the first sample, not four
    assert increase(points, 0, 14_000) == pytest.approx(10.0 * 11 / 10)
    assert delta(points, 0, 14_000) == pytest.approx(10.0 * 14 / 10)


def test_no_rise_is_zero_and_not_nothing() -> None:
    assert rate(_at_seconds((0, 7), (30, 7)), 0, 60_000) == 0.0


def test_the_last_two_samples() -> None:
    points = _at_seconds((0, 100), (10, 50), (15, 60))
    assert instant_rate(points, 0, 0) == pytest.approx(2.0)
    assert instant_rate(points[:2], 0, 0) == pytest.approx(5.0)
    assert instant_delta(points[:2], 0, 0) == -50.0


def test_regression_of_a_line_and_of_a_constant() -> None:
    line = _at_seconds((0, 1), (10, 21), (20, 41))
    assert regression(line, 10_000) == pytest.approx((2.0, 21.0))
    assert regression(_at_seconds((0, 3), (10, 3)), 0) == (0.0, 3.0)
    assert regression(line[:1], 0) is None


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=30),
    st.integers(500, 20_000),
)
def test_a_counter_never_has_a_negative_rate(steps: list[int], gap_ms: int) -> None:
    total, points = 0, []
    for index, step in enumerate(steps):
        total += step
        points.append((index * gap_ms, float(total)))
    value = rate(points, -gap_ms, points[-1][0])
    assert value is not None
    assert value >= 0
