"""Ends what a program started, however that program itself ends.

A program of its own, `python -I -S reaper.py NAME=VALUE [FOLDER]`, that needs no package. Its
parent holds the only write end of its standard input and puts NAME=VALUE, the mark, in the
environment of all it starts; it may also name process groups there (lines `+PGID`, `-PGID`). The
kernel closes that end when the parent exits, crashes or is killed. Then the groups still named are
killed, and every process that carries the mark, even if it left its group; last FOLDER is removed.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_S = 5.0
_POLL_S = 0.02


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
    while remaining := list(marked(mark)):
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
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


def main() -> int:
    """Wait, kill, remove; 1 if something outlived it."""
    mark, folders = sys.argv[1], sys.argv[2:]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    for group in follow_groups():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    all_gone = kill_marked(mark)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all_gone else 1


if __name__ == "__main__":
    sys.exit(main())
