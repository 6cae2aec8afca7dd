import random
from collections.abc import Callable

import pytest

from loadtester.hey.comparison import Change, Comparison, compare, design_effect
from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.tallies import StatusTally
from loadtester.load.measuring.timeline import Timeline
from tests.loadtester.report.runs import MS, SECOND, made_run


def drawn(
    seed: int, *, scale: float = 1.0, count: int = 2000, slow: Callable[[int], float] | None = None
) -> RunResult:
    """Latencies around 10 ms with a long tail, 200 a second; `slow` factors by second."""
    dice, factor = random.Random(seed), slow or (lambda second: 1.0)
    run = made_run({200: [10.0]})
    run.counts.completed, run.service_time, run.timeline = count, Histogram(), Timeline()
    run.statuses = {200: StatusTally(run.service_time, run.service_time)}
    for k in range(count):
        time_ns = round(10 * MS * scale * factor(k // 200) * dice.lognormvariate(0, 0.5))
        run.service_time.record(time_ns)
        run.timeline.slot(k // 200 * SECOND).response_time.record(time_ns)
    return run


def changes(comparison: Comparison) -> dict[str, Change]:
    return {row.name: row.change for row in comparison.quantiles}


def test_a_run_is_not_slower_than_itself() -> None:
    run = drawn(1)
    result = compare(run, run)
    assert set(changes(result).values()) == {Change.NOISE}
    assert not result.slower


def test_runs_of_the_same_target_are_rarely_told_apart() -> None:
    alarms = sum(compare(drawn(k), drawn(1000 + k), tolerance=0).slower for k in range(20))
    assert alarms <= 3


def test_a_clear_slowdown_is_found_in_every_quantile() -> None:
    result = compare(drawn(1), drawn(2, scale=1.5))
    assert changes(result) == {"p50": Change.SLOWER, "p90": Change.SLOWER, "p99": Change.SLOWER}
    assert result.slower
    assert changes(compare(drawn(2, scale=1.5), drawn(1)))["p50"] is Change.FASTER


@pytest.mark.slow
def test_the_interval_holds_the_true_change_as_often_as_it_promises() -> None:
    held = 0
    for k in range(30):
        row = compare(drawn(k), drawn(500 + k, scale=1.2)).quantiles[0]
        held += row.low <= 0.2 <= row.high
    assert held >= 27


def test_a_change_within_the_tolerance_is_called_so() -> None:
    result = compare(drawn(1, count=20_000), drawn(2, count=20_000, scale=1.05), tolerance=0.2)
    assert changes(result)["p50"] is Change.SMALL
    assert not result.slower


def test_seconds_that_differ_widen_the_interval() -> None:
    bursty = drawn(1, slow=lambda second: 3.0 if second % 3 == 0 else 1.0)
    assert design_effect(bursty.timeline, 0.5) > 10
    assert design_effect(drawn(1).timeline, 0.5) < 3
    steady = compare(drawn(1), drawn(2)).quantiles[0]
    uneven = compare(
        bursty, drawn(2, slow=lambda second: 3.0 if second % 3 == 0 else 1.0)
    ).quantiles[0]
    assert uneven.high - uneven.low > 3 * (steady.high - steady.low)


def test_a_short_run_has_no_design_effect_to_speak_of() -> None:
    assert design_effect(drawn(1, count=400).timeline, 0.5) == 1.0


def test_quantiles_wait_for_enough_samples() -> None:
    names = [row.name for row in compare(drawn(1, count=100), drawn(2)).quantiles]
    assert names == ["p50", "p90"]
    assert compare(made_run({}), drawn(1)).quantiles == ()


def test_more_failures_are_worse_and_as_many_are_not() -> None:
    good = made_run({200: [10.0] * 1000})
    bad = made_run({200: [10.0] * 950, 500: [10.0] * 30}, {ErrorClass.RESET: [(10.0, "x")] * 20})
    row = compare(good, bad).failures
    assert row is not None
    assert row.change is Change.SLOWER
    assert row.difference == pytest.approx(0.05)
    same = compare(bad, bad).failures
    assert same is not None
    assert same.change is Change.NOISE


def test_the_same_seed_gives_the_same_interval() -> None:
    assert compare(drawn(1), drawn(2), seed=7) == compare(drawn(1), drawn(2), seed=7)
    assert compare(drawn(1), drawn(2), seed=7) != compare(drawn(1), drawn(2), seed=8)
