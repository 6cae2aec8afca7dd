import pytest

from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.runs.selection import EVERY_RUN, RunSelection


def _run(number: int, state: RunState = RunState.PASSED) -> Run:
    return Run(f"id{number}", "key", f"shop{number}.n", "bash", "Echo A", "", "", state, 1.0)


RUNS = [_run(1), _run(2, RunState.FAILED), _run(3, RunState.RUNNING)]


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (EVERY_RUN, ["id1", "id2", "id3"]),
        (RunSelection("echo a"), ["id1", "id2", "id3"]),
        (RunSelection("SHOP2"), ["id2"]),
        (RunSelection("bash", frozenset({RunState.FAILED})), ["id2"]),
        (RunSelection("id3"), ["id3"]),
        (RunSelection("nothing"), []),
    ],
)
def test_runs_are_looked_for(selection: RunSelection, ids: list[str]) -> None:
    assert [run.id for run in selection.page_of(RUNS, 10, 0)] == ids
    assert selection.takes_all == (selection == EVERY_RUN)


def test_they_come_in_pages() -> None:
    assert [run.id for run in EVERY_RUN.page_of(RUNS, 2, 1)] == ["id2", "id3"]
    assert EVERY_RUN.page_of(RUNS, 2, 3) == []
