"""Expected values follow prometheus/promql/functions_test.go and its extrapolation rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.metrics.rate import increase, rate

STEADY = [(float(t), 2.0 * t) for t in range(5, 61, 5)]


def test_a_steady_counter_has_its_slope() -> None:
    assert rate(STEADY, 0, 60) == pytest.approx(2.0)


def test_one_sample_says_nothing() -> None:
    assert rate([(5.0, 100.0)], 0, 60) is None
    assert rate([], 0, 60) is None


def test_a_reset_is_added_back() -> None:
    points = [(0.0, 100.0), (15.0, 110.0), (30.0, 5.0), (45.0, 15.0), (60.0, 20.0)]
    assert increase(points, 0, 60) == pytest.approx(30.0)


def test_a_far_edge_is_reached_by_half_a_gap_only() -> None:
    points = [(30.0, 100.0), (35.0, 110.0), (40.0, 120.0)]
    # 20 in 10 s, and half a gap of 5 s on either side: 20 * 15 / 10
    assert increase(points, 0, 60) == pytest.approx(30.0)


def test_no_extrapolation_past_the_counter_s_zero() -> None:
    points = [(4.0, 1.0), (9.0, 6.0), (14.0, 11.0)]
    # the counter was 0 one second before the first sample, not four
    assert increase(points, 0, 14) == pytest.approx(10.0 * 11 / 10)


def test_no_rise_is_zero_and_not_nothing() -> None:
    assert rate([(0.0, 7.0), (30.0, 7.0)], 0, 60) == 0.0


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=30),
    st.floats(0.5, 20),
)
def test_a_counter_never_has_a_negative_rate(steps: list[int], gap_s: float) -> None:
    total, points = 0, []
    for index, step in enumerate(steps):
        total += step
        points.append((index * gap_s, float(total)))
    value = rate(points, -gap_s, points[-1][0])
    assert value is not None
    assert value >= 0
