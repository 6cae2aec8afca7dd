from loadtester.load.errors import ErrorClass
from loadtester.report.base import Report
from loadtester.report.csv import render
from tests.loadtester.report.runs import made_run


def test_rows_are_heys_and_errors_have_none() -> None:
    run = made_run({200: [10.0], 503: [20.0]}, {ErrorClass.RESET: [(3, "reset")]})
    assert render(Report(run)).splitlines() == [
        "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset",
        "0.0100,0.0010,0.0000,0.0000,0.0100,0.0000,200,0.0000",
        "0.0200,0.0000,0.0000,0.0000,0.0200,0.0000,503,0.0050",
    ]


def test_a_schedule_has_both_times() -> None:
    header, row = render(Report(made_run({200: [10.0]}, model="open", wait_ms=5))).splitlines()
    assert header.endswith("offset,service-time")
    assert row == "0.0150,0.0010,0.0000,0.0000,0.0100,0.0000,200,0.0000,0.0100"
