import math
from fractions import Fraction
from itertools import pairwise

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.sine import Sine

S = 10**9


def integral(sine: Sine, at_ns: int) -> float:
    """Arrivals due by `at_ns`."""
    mean, swing = float(sine.mean_rps), float(sine.amplitude_rps)
    period_s, t_s = sine.period_ns / S, at_ns / S
    turn = 2 * math.pi / period_s
    return mean * t_s + swing * (1 - math.cos(turn * t_s)) / turn


@pytest.mark.parametrize("text", ["100,50,10s", "100,100,7s", "7/3,1,1m", "1000,0,1s"])
def test_each_arrival_is_due_when_the_integral_of_the_rate_reaches_it(text: str) -> None:
    sine = Sine.parse(text)
    for i in range(0, 5000, 7):
        assert integral(sine, sine.planned_ns(i)) == pytest.approx(i, abs=1e-4)


def test_whole_periods_are_exact_however_far_away() -> None:
    sine = Sine.parse("100,50,10s")
    assert [sine.planned_ns(1000 * k) for k in (0, 1, 1000)] == [0, 10 * S, 10_000 * S]


def test_arrivals_ascend() -> None:
    sine = Sine.parse("100,100,1s")
    assert all(a < b for a, b in pairwise(sine.planned_ns(i) for i in range(3000)))


def test_there_is_a_crest_and_a_trough() -> None:
    times = [Sine.parse("100,80,10s").planned_ns(i) for i in range(1000)]
    crest, trough = (sum(a * S <= t < b * S for t in times) for a, b in ((2, 3), (7, 8)))
    assert crest > 170
    assert trough < 30


def test_hastened_it_swings_faster_around_the_same_mean() -> None:
    assert Sine.parse("100,50,1m").scaled(Fraction(20)).describe() == "sine:100,50,3s"


@pytest.mark.parametrize("text", ["1,2,1s", "0,0,1s", "1,1", "1,1,0s", "a,1,1s"])
def test_impossible_swings_are_refused(text: str) -> None:
    with pytest.raises(PlanError, match="sine"):
        Sine.parse(text)
