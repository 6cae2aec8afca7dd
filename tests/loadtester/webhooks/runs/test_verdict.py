from dataclasses import replace

import pytest

from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.runs.verdict import Decision, decide_later

RUN = Run("id", "key", "a.b", "loadtest", "t", "Progressing", "c1", RunState.RUNNING, 1.0)
FAILED = replace(RUN, state=RunState.FAILED, failed=("p99<1ms (was 2ms)", "errors==0 (was 3)"))


def test_the_first_call_starts() -> None:
    assert decide_later(None, "c1", 412, repeat=True) == Decision(202, start=True)


def test_while_it_runs_all_is_well() -> None:
    assert decide_later(RUN, "c1", 412, repeat=True) == Decision(200)


def test_a_pass_is_told_and_the_load_goes_on() -> None:
    passed = replace(RUN, state=RunState.PASSED)
    assert decide_later(passed, "c1", 412, repeat=True) == Decision(200, start=True, report=True)
    assert decide_later(passed, "c1", 412, repeat=False) == Decision(200, report=True)


def test_a_failure_is_told_with_its_reasons_and_stays() -> None:
    text = "loadtest failed: p99<1ms (was 2ms); errors==0 (was 3)"
    assert decide_later(FAILED, "c1", 412, repeat=True) == Decision(412, text, report=True)
    assert decide_later(FAILED, "c1", 500, repeat=True).status == 500


def test_a_failure_without_thresholds_tells_its_error() -> None:
    run = replace(FAILED, failed=(), error="exit status 1")
    assert decide_later(run, "c1", 412, repeat=True).body == "loadtest failed: exit status 1"


def test_another_revision_starts_anew() -> None:
    assert decide_later(FAILED, "c2", 412, repeat=True) == Decision(202, start=True)
    assert decide_later(replace(RUN, state=RunState.PASSED), "c2", 412, repeat=True) == Decision(
        202, start=True
    )


def test_the_load_of_an_old_revision_is_not_the_verdict_of_the_new_one() -> None:
    assert decide_later(RUN, "c2", 412, repeat=True) == Decision(202)


@pytest.mark.parametrize("state", [RunState.LOST, RunState.INTERRUPTED])
@pytest.mark.parametrize("repeat", [True, False])
def test_a_run_that_says_nothing_about_the_canary_is_run_again(
    state: RunState, repeat: bool
) -> None:
    for run in (replace(RUN, state=state), replace(FAILED, state=state)):
        assert decide_later(run, "c1", 412, repeat=repeat) == Decision(202, start=True)
