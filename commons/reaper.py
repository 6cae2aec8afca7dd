"""Ends what a program started, however that program itself ends. It needs no package of ours.

`python -I -S reaper.py NAME=VALUE [FOLDER]` waits for its standard input to close: the kernel
closes the other end when the parent exits, crashes or is killed. The parent puts NAME=VALUE, the
mark, in the environment of all it starts, and may name process groups (lines `+PGID`, `-PGID`).
Then those groups are killed, every process that carries the mark, and FOLDER is removed.

`python -I -S reaper.py spawn FD` starts commands for its parent, over the socket FD. Each has a
runner, forked from here, that is its subreaper: whatever the command leaves behind (in the
background, in a session of its own, forked twice, with an empty environment) becomes the runner's
child (PR_SET_CHILD_SUBREAPER, prctl(2)) and is killed by it. A runner whose parent is gone reads
the end of its control pipe and kills all; when a runner is itself killed its orphans come here, and
are killed; when this is killed as well they go to the parent, which is a subreaper too.

One byte on FD brings four descriptors: the request (JSON: argv, env, cwd), where output goes, a
pipe to control the command (`T` terminates it, `K` or the end kills it), and a pipe for what is
known (lines: `runner PID`, then `started PID` or `failed ERRNO FILE`, then `ended STATUS`). The
last pipe ends when nothing is left.
"""

import contextlib
import ctypes
import errno
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path

PATIENCE_S = 5.0
_POLL_S = 0.02
_SET_CHILD_SUBREAPER = 36
_FREEZE_ROUNDS = 10
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)


def become_subreaper() -> bool:
    """Adopt orphaned descendants from now on; False where the system cannot do that."""
    try:
        return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (AttributeError, OSError):
        return False


def parents(proc: Path = Path("/proc")) -> dict[int, int]:
    """The parent of each process."""
    found: dict[int, int] = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                # `pid (any name) state ppid ...`, proc(5)
                found[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2][3:].split()[0]
                )
    return found


def descendants(roots: set[int], spared: Set[int] = frozenset()) -> set[int]:
    """The children of these processes, their children, and so on, but for `spared` and theirs."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    rest = [child for root in roots for child in children.get(root, ())]
    while rest:
        pid = rest.pop()
        if pid not in found and pid not in spared:
            found.add(pid)
            rest += children.get(pid, ())
    return found


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal each process that is still there and ours."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def kill_tree(
    reap: Callable[[Set[int]], object], spared: Set[int], patience_s: float = PATIENCE_S
) -> bool:
    """Kill our descendants but for `spared` and theirs; True when none is left.

    They are stopped first, so that none can fork while the others are killed. `reap` waits for
    those that are children of ours.
    """
    deadline_s = time.monotonic() + patience_s
    me = {os.getpid()}
    while has_children() and (remaining := descendants(me, spared)):
        for _ in range(_FREEZE_ROUNDS):
            send(remaining, signal.SIGSTOP)
            if (now := descendants(me, spared)) <= remaining:
                break
            remaining |= now
        send(remaining, signal.SIGKILL)
        reap(remaining)
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.001)
    return True


def marked(mark: str, proc: Path = Path("/proc")) -> Iterator[int]:
    """The processes with `mark` (NAME=VALUE) in their environment, this one excepted."""
    needle = mark.encode()
    for entry in proc.iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if needle in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)


def kill_marked(mark: str, patience_s: float = PATIENCE_S) -> bool:
    """Kill all that carry the mark; True once none is left, False after `patience_s`."""
    deadline_s = time.monotonic() + patience_s
    while remaining := set(marked(mark)):
        send(remaining, signal.SIGKILL)
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True


def follow_groups() -> set[int]:
    """The process groups still named at the end of standard input."""
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        sign, number = line[:1], line[1:].strip()
        if number.isdigit() and int(number) > 1:
            (groups.add if sign == b"+" else groups.discard)(int(number))
    return groups


def watch(mark: str, folders: list[str]) -> bool:
    """Wait for the parent's end, then kill and remove; False if something outlived that."""
    for group in follow_groups():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    all_gone = kill_marked(mark)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return all_gone


class ChildSignals:
    """A descriptor that becomes readable when a child may have ended."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        for end in (self.reader, self._writer):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def close(self) -> None:
        """Let go of it; needed between a fork and a new one."""
        signal.set_wakeup_fd(-1)
        os.close(self.reader)
        os.close(self._writer)

    def wait(self, other: int) -> bool:
        """Sleep until a child may have ended or `other` is readable; whether `other` is."""
        ready, _, _ = select.select([self.reader, other], [], [])
        with contextlib.suppress(BlockingIOError):
            os.read(self.reader, 4096)
        return other in ready


def ended_children() -> Iterator[tuple[int, int]]:
    """Each child that has ended, reaped here, with its wait status."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, status


def has_children() -> bool:
    """Whether there is any child, ended or not."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


class Spawner:
    """Forks a runner for each request, and kills the orphans of runners that were killed."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._runners: set[int] = set()

    def serve(self) -> None:
        """Until the parent closes the channel, or is gone; runners then end by themselves."""
        signals = ChildSignals()
        while True:
            if signals.wait(self._channel.fileno()):
                data, descriptors, _, _ = socket.recv_fds(self._channel, 1, 4)
                if not data:
                    break
                self._fork(descriptors, signals)
            self._reap()
        deadline_s = time.monotonic() + 2 * PATIENCE_S
        while self._runners and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
            self._reap()
        kill_tree(self._reap, set())

    def _fork(self, descriptors: list[int], signals: ChildSignals) -> None:
        pid = os.fork()
        if pid:
            self._runners.add(pid)
            for descriptor in descriptors:
                os.close(descriptor)
            return
        code = 1
        try:
            signals.close()
            self._channel.close()
            code = 0 if run_command(*descriptors) else 1
        finally:
            os._exit(code)

    def _reap(self, _: Set[int] = frozenset()) -> None:
        was_killed = False
        for pid, status in ended_children():
            was_killed |= pid in self._runners and os.WIFSIGNALED(status)
            self._runners.discard(pid)
        if was_killed:
            kill_tree(self._reap, self._runners)


def terminate(main: int) -> None:
    """SIGTERM to the command's process group, and then to whatever of ours has left that."""
    below = descendants({os.getpid()})
    inside = set()
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == main:
                inside.add(pid)
    if inside:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(main, signal.SIGTERM)
    send(below - inside, signal.SIGTERM)


def run_command(request: int, output: int, control: int, status: int) -> bool:
    """Run one command to its end, leave nothing of it behind; False if something outlived that."""
    become_subreaper()
    signals = ChildSignals()

    def tell(line: str) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(status, line.encode("utf-8", "surrogateescape") + b"\n")

    tell(f"runner {os.getpid()}")
    try:
        process = _start(request, output)  # kept: without it Python would reap the command itself
    except (OSError, ValueError) as error:
        number, program = (
            getattr(error, "errno", None) or errno.EINVAL,
            getattr(error, "filename", ""),
        )
        tell(f"failed {number} {os.fsdecode(program or '')}")
        return True
    os.close(output)
    tell(f"started {process.pid}")

    def reap(_: Set[int] = frozenset()) -> None:
        for pid, ending in ended_children():
            if pid == process.pid:
                tell(f"ended {os.waitstatus_to_exitcode(ending)}")

    wanted = True
    while wanted and has_children():
        if signals.wait(control):
            order = os.read(control, 1)
            wanted = order not in (b"", b"K")
            if order == b"T":
                terminate(process.pid)
        reap()
    return kill_tree(reap, set())


def _start(request: int, output: int) -> "subprocess.Popen[bytes]":
    with os.fdopen(request, "rb") as file:
        file.seek(0)
        wanted = json.load(file)
    return subprocess.Popen(
        [argument.encode("utf-8", "surrogateescape") for argument in wanted["argv"]],
        env=wanted["env"],
        cwd=wanted["cwd"],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def main() -> int:
    """See above; 1 if something outlived it."""
    # Handlers, since what is ignored stays ignored in every program started from here.
    for number in _IGNORED:
        signal.signal(number, lambda *_: None)
    if sys.argv[1] == "spawn":
        become_subreaper()
        Spawner(socket.socket(fileno=int(sys.argv[2]))).serve()
        return 0
    return 0 if watch(sys.argv[1], sys.argv[2:]) else 1


if __name__ == "__main__":
    sys.exit(main())
