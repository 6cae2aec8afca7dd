from fractions import Fraction

import pytest

from loadtester.load import schedules
from loadtester.load.errors import PlanError
from loadtester.load.schedules.poisson import Poisson


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("100", "constant:100"),
        ("1e3", "constant:1000"),
        ("7/3", "constant:7/3"),
        ("constant:0.5", "constant:0.5"),
        ("poisson:20", "poisson:20"),
        ("10..200/30s,200/2m", "stages:10..200/30s,200/2m0s"),
        ("100/10s", "stages:100/10s"),
        ("ramp:1..2/1s", "ramp:1..2/1s"),
        ("sine:10,5,1m", "sine:10,5,1m0s"),
        ("burst:5/1s", "burst:5/1s"),
    ],
)
def test_what_is_described_is_what_is_parsed(text: str, described: str) -> None:
    schedule = schedules.parse(text)
    assert schedule.describe() == described
    again = schedules.parse(described)
    assert [again.planned_ns(i) for i in range(50)] == [schedule.planned_ns(i) for i in range(50)]


def test_chance_gets_its_seed() -> None:
    assert schedules.parse("poisson:5", seed=9) == Poisson(Fraction(5), 9)


@pytest.mark.parametrize("text", ["", "fast", "waltz:3", "replay"])
def test_an_unknown_schedule_is_told_what_there_is(text: str) -> None:
    with pytest.raises(PlanError, match="constant:RATE"):
        schedules.parse(text)
