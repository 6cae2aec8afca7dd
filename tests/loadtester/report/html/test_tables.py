import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.report.base import Report
from loadtester.report.html import tables
from loadtester.report.units import human_time
from loadtester.thresholds.measures.base import Missing
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run


def test_tiles_answer_the_first_questions() -> None:
    run = made_run({200: [10.0] * 98, 503: [10.0]}, {ErrorClass.RESET: [(1.0, "x")]}, wall_s=2)
    told = {tile.name: tile.value for tile in tables.tiles(run)}
    assert told["Requests"] == "100"
    assert told["Per second"] == "50"
    assert told["Failures"] == "2%"
    assert [tile.name for tile in tables.tiles(run) if tile.is_bad] == ["Failures"]


@pytest.mark.parametrize("model", ["open", "closed"])
@given(st.integers(1, 300), st.integers(0, 5), st.integers(0, 50))
def test_a_tile_and_a_threshold_of_one_quantile_say_the_same(
    model: str, responses: int, errors: int, cut_off: int
) -> None:
    times = [float(k) for k in range(1, responses + 1)]
    run = made_run({200: times}, {ErrorClass.RESET: [(1.0, "x")] * errors}, model=model)
    for _ in range(cut_off):
        run.censored.record(3_000_000_000)
        run.censored_service.record(2_000_000_000)
    (judgement,) = judge(read_thresholds(["p99<1s"]), run)
    (tile,) = (tile.value for tile in tables.tiles(run) if tile.name == "p99 of all requests")
    if isinstance(judgement.value, Missing):
        assert tile == "no response"
        assert judgement.measured.startswith("no response to")
    else:
        assert tile == human_time(judgement.value * 1_000_000_000)


def test_nothing_measured_is_said_and_not_zero() -> None:
    told = {tile.name: tile.value for tile in tables.tiles(made_run({}))}
    for name in ("p50 of all requests", "p99 of all requests", "Slowest request", "Failures"):
        assert told[name] == "none"


def test_a_quantile_that_too_few_requests_can_tell_is_not_told() -> None:
    (row,) = tables.percentiles(made_run({200: [1.0] * 150})).rows
    assert sum("n/a" in cell for cell in row) == 3


def test_lateness_is_told_where_there_was_a_schedule() -> None:
    closed, scheduled = (
        [row[0] for row in tables.percentiles(made_run({200: [1.0]}, model=model)).rows]
        for model in ("closed", "open")
    )
    assert closed == ["Service time"]
    assert scheduled == ["Response time", "Service time", "Lateness"]


def test_a_status_nobody_knows_has_a_row_too() -> None:
    rows = tables.statuses(made_run({299: [1.0], 200: [1.0] * 3})).rows
    assert [row[:3] for row in rows] == [("200 OK", "3", "75%"), ("299", "1", "25%")]


def test_messages_stand_below_the_classes() -> None:
    run = made_run({}, {ErrorClass.DNS: [(1.0, "no such host <a>")] * 2})
    table = tables.statuses(run)
    assert [row[0] for row in table.rows] == ["dns"]
    assert table.messages == [("2", "no such host <a>")]


def test_without_thresholds_there_is_no_table_of_them() -> None:
    assert tables.thresholds(Report(made_run({200: [1.0]}))).rows == []
