"""The reaper with real processes: whoever carries the mark ends with the pipe."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from commons import reaper
from commons.reaper import kill_marked, marked

SLEEP = "import os, sys, time; os.fork() and sys.exit(0); os.setsid(); time.sleep(60)"


@pytest.fixture
def mark() -> Iterator[str]:
    made = f"REAPER_TEST={secrets.token_hex(8)}"
    yield made
    assert kill_marked(made)


def start(mark: str) -> None:
    name, _, value = mark.partition("=")
    subprocess.run([sys.executable, "-c", SLEEP], env={**os.environ, name: value}, check=True)


def start_reaper(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-I", "-S", reaper.__file__, *arguments], stdin=subprocess.PIPE
    )


def close(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(20)


def test_a_sweep_finds_what_left_its_session_and_nothing_else(mark: str) -> None:
    spared = f"{mark}-spared"
    start(mark)
    start(spared)
    try:
        assert len(list(marked(mark))) == 1
        assert kill_marked(mark)
        assert list(marked(mark)) == []
        assert len(list(marked(spared))) == 1
    finally:
        assert kill_marked(spared)


def test_the_end_of_the_pipe_ends_all_and_removes_the_folder(mark: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "a.log").write_text("x")
    start(mark)
    process = start_reaper(mark, str(folder))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert list(marked(mark))
    assert close(process) == 0
    assert list(marked(mark)) == []
    assert not folder.exists()


def test_a_group_that_is_named_ends_without_a_mark(mark: str) -> None:
    sleeps = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    process = start_reaper(mark)
    assert process.stdin is not None
    process.stdin.write(b"+%d\n+%d\n-%d\n" % (sleeps[0].pid, sleeps[1].pid, sleeps[1].pid))
    process.stdin.write(b"+\n+x\n+0\n+1\n")  # never a group: every process, or init's
    process.stdin.flush()
    assert close(process) == 0
    assert sleeps[0].wait(5) == -9
    assert sleeps[1].poll() is None
    sleeps[1].kill()
    sleeps[1].wait()


def test_signals_meant_for_the_terminal_do_not_end_it(mark: str) -> None:
    process = start_reaper(mark)
    time.sleep(0.3)
    for number in (1, 2, 15):
        process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert close(process) == 0
