import json
from dataclasses import replace

import pytest

from loadtester.webhooks.runs.run import Run, RunState

RUN = Run("id", "key", "a.b", "cmd", "t", "p", "c", RunState.RUNNING, 1.0, failed=("x",))


def test_json_and_back() -> None:
    for run in (RUN, replace(RUN, report={"kind": "hey"}, ended_at=3.0, state=RunState.FAILED)):
        assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_live_numbers_are_not_kept() -> None:
    assert "live" not in replace(RUN, live={"done": 1}).to_json()


def test_what_an_earlier_release_wrote_is_read() -> None:
    old = RUN.to_json() | {"deadline_at": 9.0, "more": 1}
    del old["verdict_later"], old["reported"]
    assert Run.from_json(old) == RUN


@pytest.mark.parametrize(
    "value",
    [None, 5, [], "x", {}]
    + [RUN.to_json() | {name: wrong} for name, wrong in (("state", "gone"), ("started_at", "x"))]
    + [RUN.to_json() | {name: wrong} for name, wrong in (("failed", 5), ("report", []))]
    + [{key: v for key, v in RUN.to_json().items() if key != "id"}],
)
def test_anything_else_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):
        Run.from_json(value)


def test_a_lost_run_needs_nobody_to_be_told() -> None:
    lost = replace(RUN, reported=False).lost(5.0)
    assert (lost.state, lost.ended_at, lost.reported) == (RunState.LOST, 5.0, True)
