from loadtester.hey.commands.run import doubts
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.result import RunResult
from tests.loadtester.report.runs import made_run


def paced() -> RunResult:
    run = made_run({200: [300.0] * 9}, wall_s=3)
    run.plan["pacing"]["qps_per_connection"] = 10.0
    return run


def test_a_run_that_kept_its_plan_leaves_no_doubt() -> None:
    assert doubts(paced()) == []


def test_missed_ticks_are_told_with_the_rate_they_cost() -> None:
    run = paced()
    run.counts.planned, run.counts.dropped = 30, 21
    (words,) = doubts(run)
    assert words.startswith("21 of 30 requests of -q were skipped")
    assert "3 requests/sec of 10" in words


def test_a_machine_that_was_the_limit_is_named_only_where_there_was_a_plan_to_keep() -> None:
    run = paced()
    run.verdict = Verdict(Limit.GENERATOR, "half of the requests left 30 ms late")
    assert doubts(run) == [
        "this machine was the limit, not the target: half of the requests left 30 ms late"
    ]
    run.plan["pacing"]["qps_per_connection"] = 0.0
    assert doubts(run) == []
