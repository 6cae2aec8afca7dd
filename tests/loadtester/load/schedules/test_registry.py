import itertools
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    "text",
    [
        *("100", "7/3", "0.5", "999999", "poisson:2000", "10..200/3s,200/2s,200..0/1s", "100/1s"),
        *("ramp:1..2/1s", "sine:10,5,1s", "sine:10,10,1m", "burst:5/1s", "burst:1/3us"),
    ],
)
@settings(max_examples=30)
@given(st.data())
def test_arrivals_are_counted_without_going_through_them(text: str, data: st.DataObject) -> None:
    schedule = schedules.parse(text)
    arrivals = itertools.takewhile(lambda at: at is not None, map(schedule.planned_ns, range(900)))
    times = [at for at in arrivals if at is not None]
    near = st.sampled_from(times) | st.integers(-5, times[-1])
    t_ns = data.draw(near) + data.draw(st.integers(-2, 2))
    expected = sum(at <= t_ns for at in times)
    if expected < len(times) or schedule.ends:
        assert schedule.arrivals_by(t_ns) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1000001", "at most 1,000,000 per second"),
        ("1e9", "at most 1,000,000"),
        ("1e9999999", "is not a rate"),
        ("1e-9999999", "is not a rate"),
        ("9" * 5000, "is not a rate"),
        ("0." + "1" * 5000, "is not a rate"),
        ("1/" + "3" * 5000, "is not a rate"),
        ("1/10000000", "at least 0.000001"),
        ("poisson:1e6", "at most 100,000"),
        ("10..2e6/1s", "stage 1: a rate is at most"),
        (",".join(["1/1s"] * 1001), "more than 1,000"),
        ("1/9000h", "longer than a year"),
        ("1/" + "1h" * 5000, "too long for a duration"),
        (",".join(["1/5000h"] * 3), "longer than a year"),
        ("sine:600000,500000,1s", "at its height: a rate is at most"),
        ("sine:1,1", "write MEAN"),
        ("burst:1000000/1ms", "burst: a rate is at most"),
        (f"burst:{'9' * 5000}/1s", "write SIZE/EVERY"),
        ("burst:²/1s", "write SIZE/EVERY"),
        ("ramp:1..1e99/1s", "at most 1,000,000"),
    ],
)
def test_what_is_beyond_the_limits_is_said_at_once(text: str, words: str) -> None:
    started = time.thread_time()
    with pytest.raises(PlanError) as refused:
        schedules.parse(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 400
    assert time.thread_time() - started < 1


def test_chance_gets_its_seed() -> None:
    assert schedules.parse("poisson:5", seed=9) == Poisson(Fraction(5), 9)


@pytest.mark.parametrize("text", ["", "fast", "waltz:3", "replay"])
def test_an_unknown_schedule_is_told_what_there_is(text: str) -> None:
    with pytest.raises(PlanError, match="constant:RATE"):
        schedules.parse(text)
