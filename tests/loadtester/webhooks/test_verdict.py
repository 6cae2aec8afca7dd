from dataclasses import replace

from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.verdict import Decision, later

RUN = Run("id", "key", "a.b", "loadtest", "t", "Progressing", "c1", State.RUNNING, 1.0, 9.0)
FAILED = replace(RUN, state=State.FAILED, failed=("p99<1ms (was 2ms)", "errors==0 (was 3)"))


def test_the_first_call_starts() -> None:
    assert later(None, "c1", 412, True) == Decision(202, start=True)


def test_while_it_runs_all_is_well() -> None:
    assert later(RUN, "c1", 412, True) == Decision(200)


def test_a_pass_is_told_and_the_load_goes_on() -> None:
    passed = replace(RUN, state=State.PASSED)
    assert later(passed, "c1", 412, True) == Decision(200, start=True)
    assert later(passed, "c1", 412, False) == Decision(200, start=False)


def test_a_failure_is_told_with_its_reasons_and_stays() -> None:
    text = "loadtest failed: p99<1ms (was 2ms); errors==0 (was 3)"
    assert later(FAILED, "c1", 412, True) == Decision(412, text)
    assert later(FAILED, "c1", 500, True).status == 500


def test_a_failure_without_thresholds_tells_its_error() -> None:
    run = replace(FAILED, failed=(), error="exit status 1")
    assert later(run, "c1", 412, True).body == "loadtest failed: exit status 1"


def test_another_revision_starts_anew() -> None:
    assert later(FAILED, "c2", 412, True) == Decision(202, start=True)
    assert later(replace(RUN, state=State.PASSED), "c2", 412, True) == Decision(202, start=True)


def test_the_load_of_an_old_revision_is_not_the_verdict_of_the_new_one() -> None:
    assert later(RUN, "c2", 412, True) == Decision(202)


def test_a_lost_run_is_run_again() -> None:
    assert later(replace(RUN, state=State.LOST), "c1", 412, True) == Decision(202, start=True)
