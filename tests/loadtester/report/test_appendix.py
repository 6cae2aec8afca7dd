from loadtester.report.appendix import render
from loadtester.report.base import Report
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run


def test_what_hey_could_have_run_has_no_appendix() -> None:
    assert render(Report(made_run({200: [1.0]}))) == ""


def test_percentiles_wait_for_enough_requests() -> None:
    few = render(Report(made_run({200: [1.0] * 99}, model="open")))
    many = render(Report(made_run({200: [1.0] * 100}, model="open")))
    assert "p90\tmax" in few
    assert "p90\tp99\tmax" in many


def test_what_was_not_sent_is_told() -> None:
    run = made_run({200: [1.0]}, model="open")
    run.counts.dropped, run.counts.unsent, run.counts.max_backlog = 3, 2, 9
    run.counts.aborted = 1
    text = render(Report(run))
    assert "  Not sent:\t3 dropped, 2 left in the backlog (9 at most)\n" in text
    assert "  Cut off:\t1 requests\n" in text


def test_thresholds_are_told_in_either_model() -> None:
    run = made_run({200: [1.0]})
    text = render(Report(run, judge(read_thresholds(["errors==0", "max<1us"]), run)))
    assert text == "Thresholds:\n  ok\terrors==0\t0\n  FAILED\tmax<1us\t1ms\n\n"
