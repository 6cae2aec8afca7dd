import pytest

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.provenance import Provenance
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


@pytest.mark.parametrize(
    ("model", "line"),
    [("closed", "  Cut off in flight:\t7 requests"), ("open", "  Cut off:\t7 requests")],
)
def test_requests_cut_off_at_the_end_are_mentioned(model: str, line: str) -> None:
    """Nowhere else do they show, though they were sent (oha#387)."""
    run = made_run({200: [1.0]}, model=model)
    run.counts.aborted = 7
    assert line in render(Report(run))


def test_an_interrupted_run_says_so() -> None:
    run = made_run({200: [1.0]})
    run.interrupted = True
    assert "Interrupted by a signal" in render(Report(run))


def test_where_it_comes_from_stands_at_the_end() -> None:
    run = made_run({200: [1.0]})
    run.provenance = Provenance("hey", "1.2", "hey -n 1 http://detail/", "box")
    run.started_unix_ns = 1_800_000_000 * 10**9
    text = render(Report(run))
    assert (
        text == "Run:\n  hey 1.2 on box at 2027-01-15 08:00:00 UTC\n  hey -n 1 http://detail/\n\n"
    )


def test_a_quantile_of_failures_has_no_time() -> None:
    run = made_run({200: [1.0] * 95}, {ErrorClass.RESET: [(0.1, "x")] * 5}, model="open")
    text = render(Report(run))
    assert "  \tp50\tp90\tp99\tmax\n" in text
    assert "  Response\t1ms\t1ms\tno response\tno response\t" in text


def test_thresholds_are_told_in_either_model() -> None:
    run = made_run({200: [1.0]})
    text = render(Report(run, judge(read_thresholds(["errors==0", "max<1us"]), run)))
    assert text == "Thresholds, over all requests:\n  ok\terrors==0\t0\n  FAILED\tmax<1us\t1ms\n\n"
