"""However a rehearsal ends, it says so and leaves nothing behind."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.rehearsing import Rehearsing, rehearsing

pytestmark = pytest.mark.e2e

LEFT = ["err.txt", "out.txt"]


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _one(run: Rehearsing, name: str) -> int:
    found = run.offspring(name)
    assert found, run.output + run.errors
    return next(iter(found))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_ends_it_with_what_was_known(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with rehearsing("tutorial", folder=tmp_path) as run:
        run.until("Initialization done!")
        assert run.offspring("detail_service")
        run.process.send_signal(number)
        assert run.wait(20) == code
        assert "bootstrap" in run.output
        assert "Unfinished: the rehearsal did not come to its end." in run.output
        assert run.none_left() == {}
        assert _left(tmp_path) == LEFT


def test_a_signal_before_anything_stands(tmp_path: Path) -> None:
    with rehearsing("tutorial", folder=tmp_path) as run:
        run.until("Rehearsing detail.flagger")
        run.process.send_signal(signal.SIGINT)
        assert run.wait(20) == 130
        assert run.none_left() == {}
        assert _left(tmp_path) == LEFT


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    with rehearsing("tutorial", folder=tmp_path) as run:
        run.until("Initialization done!")
        assert len(run.offspring()) >= 5
        run.process.kill()
        run.wait(5)
        assert run.none_left() == {}
        assert _left(tmp_path) == LEFT


def test_an_interrupted_step_is_neither_passed_nor_failed(tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    with rehearsing("tutorial", "--report", str(report), folder=tmp_path) as run:
        run.until("canary weight 5")
        run.process.send_signal(signal.SIGINT)
        assert run.wait(20) == 130
        assert "Interrupted." in run.output
        steps = json.loads(report.read_text())["steps"]
        assert [step["state"] for step in steps] == [
            *("passed", "unfinished", "not run", "not run")
        ]
        assert steps[1]["complaints"] == ["interrupted"]


def test_a_mesh_that_dies_is_said_and_ends_the_run(tmp_path: Path) -> None:
    with rehearsing("tutorial", folder=tmp_path) as run:
        run.until("Initialization done!")
        os.kill(_one(run, "envoy --"), signal.SIGKILL)
        assert run.wait(30) == 1
        assert "envoy ended" in run.errors
        assert "exit code -9" in run.errors
        assert "Unfinished" in run.output
        assert run.none_left() == {}
        assert _left(tmp_path) == LEFT


def test_a_replica_that_dies_is_started_again(tmp_path: Path) -> None:
    with rehearsing("tutorial", folder=tmp_path) as run:
        run.until("Initialization done!")
        os.kill(_one(run, "POD_NAME=detail-primary"), signal.SIGKILL)
        run.until("ended with signal 9")
        run.until("canary weight 5")
        run.process.send_signal(signal.SIGINT)
        assert run.wait(20) == 130
        assert run.none_left() == {}
