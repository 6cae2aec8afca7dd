from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.output.verdict import (
    explain_checks,
    explain_ending,
    judge_ending,
    judge_steps,
    summarise,
)
from rehearsal.recording.records import EventRecord, MetricRecord, TrafficRecord
from rehearsal.scenario.outcome import StepOutcome, TrafficSummary
from rehearsal.scenario.step import Step

NAME = "detail.flagger"


def _outcome(state: Any, ending: str = "", **traffic: int) -> StepOutcome:
    outcome = StepOutcome(Step("rollout", "roll out"), state, ending=ending)
    failures = traffic.pop("failures", 0)
    outcome.traffic = TrafficSummary(Counter(traffic), failures=failures)
    return outcome


@pytest.mark.parametrize(
    ("state", "ending", "expected", "code"),
    [
        ("passed", "promoted", None, 0),
        ("passed", "promoted", "promoted", 0),
        ("failed", "promoted", "rolled-back", 1),
        ("passed", "rolled-back", "rolled-back", 0),
        ("passed", "rolled-back", None, 3),
        ("failed", "rolled-back", "promoted", 1),
        ("failed", "promoted", None, 1),
        ("failed", "", None, 4),
        ("failed", "", "promoted", 4),
        ("passed", "initialized", None, 4),
        ("unfinished", "promoted", None, 4),
        ("not run", "", None, 4),
        ("inconclusive", "rolled-back", "promoted", 5),
    ],
)
def test_the_exit_code_is_what_became_of_the_canary(
    state: Any, ending: str, expected: str | None, code: int
) -> None:
    outcomes = [_outcome("passed", "initialized"), _outcome(state, ending)]
    assert judge_ending(outcomes, expected) == code


@pytest.mark.parametrize(("ending", "expected"), [("rolled-back", None), ("promoted", "promoted")])
def test_a_fault_that_reached_nobody_is_never_as_expected(ending: str, expected: Any) -> None:
    outcome = _outcome("failed", ending)
    outcome.deliveries = {"errors 5%": (40, 0), "delays 5%": (40, 2)}
    assert judge_ending([outcome], expected) == 1
    text = summarise([outcome])
    assert "fault (errors 5%): reached 0 of 40 requests\n" in text
    assert "fault (delays 5%): reached 2 of 40 requests\n" in text


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (["passed", "passed"], 0),
        (["passed", "failed"], 1),
        (["failed", "not run"], 4),
        (["passed", "unfinished", "not run"], 4),
        (["passed", "inconclusive"], 5),
    ],
)
def test_a_scenario_says_itself_what_it_expects(states: list[Any], code: int) -> None:
    assert judge_steps([_outcome(state, "rolled-back") for state in states]) == code


def test_the_summary_says_who_answered_and_how_it_ended() -> None:
    outcomes = [
        _outcome("passed", primary=90, canary=10),
        _outcome("failed", primary=5, failures=2),
        _outcome("not run"),
    ]
    text = summarise(outcomes)
    assert (
        "rollout       passed          100 requests     0 failed  (90 by the primary, 10 by" in text
    )
    assert "rollout       failed            5 requests     2 failed  (5 by the primary)" in text
    assert "rollout       not run\n" in text
    assert "  105 requests in total, 2 failed\nSome steps failed." in text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("passed", "All steps passed."),
        ("failed", "Some steps failed."),
        ("unfinished", "Unfinished: the rehearsal did not come to its end."),
        ("inconclusive", "Inconclusive: this machine was too slow to say."),
        ("not run", "Unfinished: some steps were not run."),
    ],
)
def test_only_what_passed_is_said_to_have_passed(state: Any, said: str) -> None:
    assert summarise([_outcome(state)]).endswith(said)
    assert ("passed." in summarise([_outcome(state)])) is (state == "passed")


def _halt(time_s: float, text: str) -> EventRecord:
    return EventRecord(time_s, "Warning", text, NAME, "Progressing")


def test_the_reason_is_the_check_its_values_and_its_query() -> None:
    rate = "request-success-rate"
    records = [
        MetricRecord(1, NAME, rate, "sum( rate(x) )", 100.0),
        MetricRecord(2, NAME, rate, "sum( rate(x) )", None, "no values found"),
        MetricRecord(3, NAME, rate, "sum( rate(x) )", 91.25, "", (), "at least 99%", 240.0),
        _halt(3, f"Halt {NAME} advancement success rate 91.25% < 99%"),
    ]
    assert explain_ending(records, NAME) == [
        f"  Halt {NAME} advancement success rate 91.25% < 99%",
        "  request-success-rate (must be at least 99%) at each check:"
        " 100, no values, 91.25 over 240 requests",
        "  from the query: sum( rate(x) )",
    ]
    assert explain_ending(records, "other.flagger") == []


def test_a_webhook_that_failed_is_its_own_reason() -> None:
    records = [_halt(3, f"Halt {NAME} advancement external check load failed no")]
    assert explain_ending(records, NAME) == [f"  {records[0].message}"]


def test_every_check_is_explained() -> None:
    records = [
        MetricRecord(61.4, NAME, "errors", "sum(\n x )", 2.5, "", ("  x: 1 series", "    x 2.5")),
        MetricRecord(90, NAME, "errors", "sum( x )", None, "no values found", (), "at most 1"),
        MetricRecord(90, "other.flagger", "errors", "y", 1.0),
    ]
    assert explain_checks(records, NAME) == [
        "01:01  errors: 2.5",
        "       query: sum( x )",
        "         x: 1 series",
        "           x 2.5",
        "01:30  errors: no values found (must be at most 1)",
        "       query: sum( x )",
    ]
    halt = EventRecord(62, "Warning", "Halt detail.flagger advancement x", NAME, "Progressing")
    counting = replace(records[0], counted=12.0)
    ending = explain_ending([counting, halt], NAME)
    assert ending[1] == "  errors at each check: 2.5 over 12 counted"
    assert ending[-2:] == ["    x: 1 series", "      x 2.5"]


def test_failed_requests_are_told_apart_by_the_weight_they_met() -> None:
    outcome = _outcome("passed")
    outcome.traffic = TrafficSummary.of(
        TrafficRecord(1.0, weight, 10, failures, {"canary": 10})
        for weight, failures in ((0, 0), (10, 3), (5, 1), (10, 1), (None, 2))
    )
    text = summarise([outcome])
    assert "failed: 1 at weight 5, 4 at weight 10, 2 while the weight changed" in text
    assert "at weight" not in summarise([_outcome("passed")])
