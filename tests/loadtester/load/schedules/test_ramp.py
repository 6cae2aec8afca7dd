from fractions import Fraction

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.ramp import Ramp
from loadtester.load.schedules.stages import Stages


def test_on_the_ramp_it_is_the_stage() -> None:
    ramp, stages = Ramp.parse("10..200/3s"), Stages.parse("10..200/3s")
    assert [ramp.planned_ns(i) for i in range(315)] == [stages.planned_ns(i) for i in range(315)]


def test_after_the_ramp_it_goes_on_at_the_second_rate_for_ever() -> None:
    ramp = Ramp.parse("0..10/1s")
    assert not ramp.ends
    assert [ramp.planned_ns(5 + k) for k in range(3)] == [10**9, 11 * 10**8, 12 * 10**8]


def test_hastened_it_is_steeper() -> None:
    assert Ramp.parse("10..20/10s").scaled(Fraction(5)).describe() == "ramp:10..20/2s"


def test_a_ramp_to_nothing_is_refused() -> None:
    with pytest.raises(PlanError, match="above 0"):
        Ramp.parse("10..0/1s")
