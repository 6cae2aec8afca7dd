"""The keeper with real processes: whoever carries the mark ends with the pipe."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.live.reaper import MARK, marked, sweep

SLEEP = "import os, sys, time; os.fork() and sys.exit(0); os.setsid(); time.sleep(60)"


def _start(stage: str) -> None:
    environment = {**os.environ, MARK: stage}
    subprocess.run([sys.executable, "-c", SLEEP], env=environment, check=True)


def _until_gone(stage: str) -> bool:
    deadline = time.monotonic() + 10
    while list(marked(stage)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not list(marked(stage))


def test_a_sweep_finds_what_left_its_session() -> None:
    _start("swept")
    _start("spared")
    try:
        assert len(list(marked("swept"))) == 1
        assert sweep("swept")
        assert list(marked("swept")) == []
        assert len(list(marked("spared"))) == 1
    finally:
        sweep("spared")


def test_the_end_of_the_pipe_ends_all_and_takes_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "stage"
    folder.mkdir()
    (folder / "a.log").write_text("x")
    _start("piped")
    keeper = subprocess.Popen(
        [sys.executable, "-m", "rehearsal.live.reaper", "piped", str(folder)], stdin=subprocess.PIPE
    )
    assert keeper.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        keeper.wait(0.5)
    assert list(marked("piped"))
    keeper.stdin.close()
    assert keeper.wait(10) == 0
    assert _until_gone("piped")
    assert not folder.exists()
