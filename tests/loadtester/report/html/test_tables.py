import re

from loadtester.load.errors import ErrorClass
from loadtester.report.base import Report
from loadtester.report.html import tables
from tests.loadtester.report.runs import made_run


def words(markup: str) -> list[str]:
    return [word for word in re.sub(r"<[^>]*>", "|", markup).split("|") if word]


def test_tiles_answer_the_first_questions() -> None:
    run = made_run({200: [10.0] * 98, 503: [10.0]}, {ErrorClass.RESET: [(1.0, "x")]}, wall_s=2)
    told = words(tables.tiles(run))
    assert told[told.index("Requests") + 1] == "100"
    assert told[told.index("Per second") + 1] == "50"
    assert told[told.index("Failures") + 1] == "2%"
    assert '<div class="bad"><dt>Failures' in tables.tiles(run)


def test_nothing_measured_is_said_and_not_zero() -> None:
    told = words(tables.tiles(made_run({})))
    for name in ("Median", "99%", "Slowest", "Failures"):
        assert told[told.index(name) + 1] == "none"


def test_a_quantile_that_too_few_requests_can_tell_is_not_told() -> None:
    told = words(tables.percentiles(made_run({200: [1.0] * 150})))
    assert told.count("n/a") == 3


def test_lateness_is_told_where_there_was_a_schedule() -> None:
    assert "Lateness" not in words(tables.percentiles(made_run({200: [1.0]})))
    assert "Lateness" in words(tables.percentiles(made_run({200: [1.0]}, model="open")))


def test_a_status_nobody_knows_has_a_row_too() -> None:
    told = words(tables.statuses(made_run({299: [1.0], 200: [1.0] * 3})))
    assert told[told.index("299") + 1 : told.index("299") + 3] == ["1", "25%"]


def test_messages_stand_below_the_classes() -> None:
    run = made_run({}, {ErrorClass.DNS: [(1.0, "no such host <a>")] * 2})
    told = words(tables.statuses(run))
    assert told.index("dns") < told.index("no such host &lt;a&gt;")


def test_without_thresholds_there_is_no_table_of_them() -> None:
    assert tables.thresholds(Report(made_run({200: [1.0]}))) == ""
