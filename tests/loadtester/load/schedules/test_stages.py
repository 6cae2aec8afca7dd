from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import PlanError
from loadtester.load.schedules.stages import Stage, Stages

S = 10**9


def due_by(stages: tuple[Stage, ...], at_ns: int) -> Fraction:
    """The integral of the rate up to `at_ns`, with fractions."""
    total = Fraction(0)
    for stage in stages:
        t, d = min(at_ns, stage.duration_ns), stage.duration_ns
        slope = (stage.to_rps - stage.from_rps) / d
        total += (stage.from_rps * t + slope * t * t / 2) / S
        at_ns -= t
    return total


rates = st.fractions(min_value=0, max_value=500, max_denominator=97)
stage_lists = st.lists(
    st.builds(Stage, rates, rates, st.integers(1_000_000, 5 * S)), min_size=1, max_size=4
).filter(lambda stages: sum(s.arrivals for s in stages) > 1)


@given(stage_lists)
def test_each_arrival_is_due_when_the_integral_of_the_rate_reaches_it(stages: list[Stage]) -> None:
    schedule = Stages(tuple(stages))
    total = due_by(schedule.stages, schedule.duration_ns)
    count = -(-total // 1)
    for i in {0, 1, int(count) // 2, int(count) - 1}:
        planned = schedule.planned_ns(i)
        assert planned is not None
        assert due_by(schedule.stages, planned) <= i
        assert due_by(schedule.stages, planned + 1) > i or planned == schedule.duration_ns
    assert schedule.planned_ns(int(count)) is None


def test_arrivals_ascend_across_the_seams_and_none_is_lost() -> None:
    schedule = Stages.parse("10..200/3s,200/2s,200..0/1s,0/1s,7/3/3s")
    times = [schedule.planned_ns(i) for i in range(822)]
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(times))
    assert schedule.planned_ns(822) is None
    assert times[0] == 0
    assert times[-1] is not None
    assert times[-1] < schedule.duration_ns == 10 * S


def test_a_million_arrivals_of_one_long_ramp_stay_exact() -> None:
    schedule = Stages((Stage(Fraction(1, 3), Fraction(2000), 1000 * S),))
    for i in range(0, 1_000_000, 9973):
        planned = schedule.planned_ns(i)
        assert planned is not None
        assert due_by(schedule.stages, planned) <= i < due_by(schedule.stages, planned + 1)


def test_silence_at_the_start_is_silent() -> None:
    assert Stages.parse("0/2s,10/1s").planned_ns(0) == 2 * S


def test_hastened_stages_keep_their_rates() -> None:
    schedule = Stages.parse("10..200/30s,200/2m").scaled(Fraction(20))
    assert schedule.describe() == "stages:10..200/1.5s,200/6s"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("10..200", "stage 1 '10..200': write RATE/DURATION"),
        ("5/1s,x/1s", "stage 2: 'x' is not a rate"),
        ("5/0s", "above 0"),
        ("0/1s", "at least one stage"),
        ("-1/1s", "negative"),
    ],
)
def test_malformed_stages_say_which_and_why(text: str, says: str) -> None:
    with pytest.raises(PlanError) as refused:
        Stages.parse(text)
    assert says in str(refused.value)
