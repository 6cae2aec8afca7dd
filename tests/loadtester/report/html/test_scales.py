import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.report.html.scales import Scale, linear_ticks, log_ticks, time_scale


def test_a_linear_scale_maps_and_clips() -> None:
    scale = Scale(0, 10, 100, 200)
    assert [scale(value) for value in (-5, 0, 5, 10, 15)] == [100, 100, 150, 200, 200]


def test_a_logarithmic_scale_gives_each_decade_the_same_room() -> None:
    scale = Scale(1, 100, 300, 0, is_log=True)
    assert [scale(value) for value in (1, 10, 100)] == [300, 150, 0]


def test_ticks_are_round() -> None:
    assert linear_ticks(60) == [0, 10, 20, 30, 40, 50, 60]
    assert linear_ticks(0.25) == pytest.approx([0, 0.05, 0.1, 0.15, 0.2, 0.25])
    assert log_ticks(1, 100) == [1, 2, 5, 10, 20, 50, 100]
    assert log_ticks(1, 1e6) == [1, 10, 100, 1e3, 1e4, 1e5, 1e6]


def test_latencies_far_apart_are_drawn_logarithmically() -> None:
    assert time_scale([1e6, 2e6], 0, 100).is_log is False
    wide = time_scale([3e5, 1e9], 0, 100)
    assert wide.is_log
    assert (wide.low, wide.high) == pytest.approx((2e5, 1e9))


@given(st.lists(st.floats(1, 3.6e12), min_size=1, max_size=20))
def test_every_latency_is_within_its_scale_and_ticks_are_few(values: list[float]) -> None:
    scale = time_scale(values, 0, 100)
    assert scale.low <= min(values) * 1.001
    assert scale.high >= max(values) * 0.999
    assert 2 <= len(scale.ticks()) <= 14


def test_nothing_measured_has_a_scale_too() -> None:
    assert time_scale([], 0, 100).ticks()
