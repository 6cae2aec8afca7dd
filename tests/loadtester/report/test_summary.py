import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.histogram import Histogram
from loadtester.report.summary import bars, headline, percentiles, summarise
from tests.loadtester.report.runs import MS, SECOND, made_run

LATENCIES = st.lists(st.integers(1_000, 10 * SECOND), min_size=1, max_size=300)


def counted(values: list[int]) -> Histogram:
    times = Histogram()
    for value in values:
        times.record(value)
    return times


def percentiles_of_hey(values: list[int]) -> list[tuple[int, int]]:
    """What `latencies()` in hey's requester/report.go finds in the sorted values."""
    wanted, found = (10, 25, 50, 75, 90, 95, 99), list[int]()
    for index, value in enumerate(sorted(values)):
        if len(found) < len(wanted) and index * 100 // len(values) >= wanted[len(found)]:
            found.append(value)
    return list(zip(wanted, found, strict=False)) + [(0, 0)] * (len(wanted) - len(found))


@given(LATENCIES)
def test_percentiles_are_heys_to_three_digits(values: list[int]) -> None:
    ours, theirs = percentiles(counted(values)), percentiles_of_hey(values)
    assert [percent for percent, _ in ours] == [percent for percent, _ in theirs]
    for (_, seconds), (_, value) in zip(ours, theirs, strict=True):
        assert seconds * 1e9 == pytest.approx(value, rel=0.001)


@given(LATENCIES)
def test_bars_hold_every_response_and_run_from_the_fastest_to_the_slowest(
    values: list[int],
) -> None:
    rows = bars(counted(values))
    assert len(rows) == 11
    assert sum(row.count for row in rows) == len(values)
    assert rows[0].upto_s == pytest.approx(min(values) / 1e9)
    assert rows[-1].upto_s == pytest.approx(max(values) / 1e9)
    assert rows[0].count >= 1


def test_bars_are_heys_where_values_lie_between_the_edges() -> None:
    values = [MS, 3 * MS, 3 * MS, 7 * MS, 11 * MS]
    rows = bars(counted([round(value * 1.0) for value in values]))
    assert [row.count for row in rows] == [1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1]


def test_equal_responses_are_all_the_fastest() -> None:
    assert [row.count for row in bars(counted([5 * MS] * 7))] == [7, *[0] * 10]


def test_requests_per_second_count_errors_and_averages_do_not() -> None:
    summary = summarise(
        made_run({200: [10.0] * 4}, {ErrorClass.RESET: [(900.0, "reset")] * 6}, wall_s=2.0)
    )
    assert summary.requests_per_s == 5
    assert summary.average_s == pytest.approx(0.01)
    assert (summary.total_bytes, summary.bytes_per_request) == (48, 12)
    assert summary.errors == {"reset": 6}


def test_nothing_answered_has_no_average() -> None:
    summary = summarise(made_run({}))
    assert math.isnan(summary.average_s)
    assert (summary.bars, summary.percentiles, summary.requests_per_s) == ((), (), 0.0)


def test_the_headline_counts_from_the_planned_moment_in_the_open_model() -> None:
    assert headline(made_run({200: [10.0]}, wait_ms=5)).max_ns == 10 * MS
    assert headline(made_run({200: [10.0]}, wait_ms=5, model="open")).max_ns == 15 * MS
