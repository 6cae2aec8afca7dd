from dataclasses import replace

from loadtester.webhooks.runs import Run, State

RUN = Run("id", "key", "a.b", "cmd", "t", "p", "c", State.RUNNING, 1.0, 9.0, failed=("x",))


def test_json_and_back() -> None:
    for run in (RUN, replace(RUN, report={"kind": "hey"}, ended_at=3.0, state=State.FAILED)):
        assert Run.from_json(run.to_json()) == run


def test_live_numbers_are_not_kept() -> None:
    assert "live" not in replace(RUN, live={"done": 1}).to_json()


def test_a_run_long_past_its_deadline_has_lost_its_server() -> None:
    assert RUN.at(8.0) == RUN
    assert RUN.at(10.0).state is State.LOST
    assert replace(RUN, state=State.PASSED).at(10.0).state is State.PASSED
