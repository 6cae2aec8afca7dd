"""Kills what a dead server left behind. A program of its own: ``python -I -S guardian.py MARK``.

PR_SET_PDEATHSIG reaches only the direct child, and is forgotten across fork, so a shell's own
children would outlive a server that was killed with SIGKILL. This guardian instead holds the read
end of a pipe whose write end only the server has. The server names each process group on it
(``+PGID`` and ``-PGID`` lines); end of file means that the server is gone, however it went. Then
the groups still named are killed, and so is any process that carries MARK (a ``NAME=VALUE`` that
the server puts in the environment of its tasks) even if it left its group.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    """Follow the pipe on stdin to its end, then sweep until nothing is left."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups = follow()
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + 2.0
    while sweep(sys.argv[1].encode()) and time.monotonic() < deadline:
        time.sleep(0.02)


def follow() -> set[int]:
    """The process groups still alive, as far as the server has told, at end of file."""
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        sign, group = line[:1], int(line[1:])
        if sign == b"+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def sweep(mark: bytes) -> int:
    """Kill each process with ``mark`` in its environment; how many there were."""
    killed = 0
    for environ in Path("/proc").glob("[0-9]*/environ"):
        pid = int(environ.parent.name)
        with contextlib.suppress(OSError):
            if pid != os.getpid() and mark in environ.read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


if __name__ == "__main__":
    main()
