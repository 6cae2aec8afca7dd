"""The reaper with real processes: whoever carries the mark ends with the pipe."""

import os
import re
import secrets
import signal
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
    try:
        while not handles(process.pid, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            time.sleep(0.02)
        for number in (1, 2, 15):
            process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
    finally:
        assert close(process) == 0


def handles(pid: int, *numbers: signal.Signals) -> bool:
    """Whether a process has handlers for these signals."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.findall(r"SigCgt:\s*([0-9a-f]+)", status)[0], 16)
    return all(caught >> (number - 1) & 1 for number in numbers)


def test_descendants_are_found_at_any_depth_and_spared_with_theirs() -> None:
    tree = subprocess.Popen(["bash", "-c", "(sleep 60 & sleep 60) & sleep 60"])
    try:
        for _ in range(250):
            if len(reaper.descendants({tree.pid})) == 4:
                break
            time.sleep(0.02)
        below = reaper.descendants({tree.pid})
        assert len(below) == 4
        (branch,) = {parent for child, parent in reaper.parents().items() if child in below} - {
            tree.pid
        }
        assert len(reaper.descendants({tree.pid}, {branch})) == 1
        assert {tree.pid} | below <= reaper.descendants({os.getpid()})
    finally:
        assert reaper.kill_tree(lambda _: tree.poll(), set())
    assert tree.wait(5) == -9


def test_a_process_with_an_odd_name_has_a_parent(tmp_path: Path) -> None:
    program = tmp_path / ") S 1 (x\n"
    program.symlink_to("/bin/sleep")
    odd = subprocess.Popen([program, "60"])
    try:
        assert reaper.parents()[odd.pid] == os.getpid()
    finally:
        odd.kill()
        odd.wait()


def test_commands_end_with_the_parent_however_it_ends() -> None:
    """A parent that is killed at once: its commands, detached and all, and the reaper are gone."""
    argv = [sys.executable, "-c", PARENT, reaper.__file__]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline()) for _ in range(3)]
        assert all(map(is_running, pids))
        parent.kill()
    deadline_s = time.monotonic() + 15
    while any(map(is_running, pids)) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert not any(map(is_running, pids))


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


PARENT = """
import json, os, socket, subprocess, sys, time
ours, theirs = socket.socketpair()
reaper = subprocess.Popen(
    [sys.executable, "-I", "-S", sys.argv[1], "spawn", str(theirs.fileno())],
    pass_fds=[theirs.fileno()],
)
print(reaper.pid, flush=True)
request = os.memfd_create("request")
script = "env -i setsid bash -c 'echo $$; sleep 60' & echo $$; wait"
os.write(request, json.dumps({"argv": ["bash", "-c", script], "env": {}, "cwd": None}).encode())
control_far, control = os.pipe()
status, status_far = os.pipe()
socket.send_fds(ours, [b"+"], [request, 1, control_far, status_far])
time.sleep(60)
"""
