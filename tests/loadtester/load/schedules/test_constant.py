from fractions import Fraction

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.constant import Constant


@pytest.mark.parametrize("rate", ["7/3", "333.333", "99999", "0.001", "1/7"])
def test_a_million_arrivals_are_planned_to_the_nanosecond(rate: str) -> None:
    schedule = Constant(Fraction(rate))
    per_arrival = 10**9 / Fraction(rate)
    for i in range(1_000_000):
        planned = schedule.planned_ns(i)
        if i % 997 == 0 or i > 999_990:
            exact = i * per_arrival
            assert planned <= exact < planned + 1


@pytest.mark.parametrize("rate", ["100", "1000", "5000", "7/3"])
def test_every_second_holds_the_rate(rate: str) -> None:
    schedule = Constant(Fraction(rate))
    seconds = 300
    due = 0
    while schedule.planned_ns(due) < seconds * 10**9:
        due += 1
    assert due == -(-Fraction(rate) * seconds // 1)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(PlanError, match="above 0"):
        Constant(Fraction(0))
