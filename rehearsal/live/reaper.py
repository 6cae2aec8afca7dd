"""The keeper: ends what a rehearsal started, however the rehearsal itself ends.

It is a small process of its own that waits for its standard input to close. The rehearsal holds
the other end, and the kernel closes that when the rehearsal exits, is killed or crashes. Then
every process that carries the stage's mark in its environment is killed, grandchildren that left
their process group included, and the stage's folder is removed.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "REHEARSAL_STAGE"


def marked(stage: str, proc: Path = Path("/proc")) -> Iterator[int]:
    """The processes that carry the stage's mark, this one excepted."""
    needle = f"{MARK}={stage}".encode()
    for entry in proc.iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if needle in environment.split(b"\0"):
            yield int(entry.name)


def sweep(stage: str, patience_s: float = 5.0) -> bool:
    """Kill all that carry the mark; True when none is left within `patience_s`."""
    deadline = time.monotonic() + patience_s
    while remaining := list(marked(stage)):
        for pid in remaining:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def main() -> int:
    stage, folder = sys.argv[1:3]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    swept = sweep(stage)
    shutil.rmtree(folder, ignore_errors=True)
    return 0 if swept else 1


if __name__ == "__main__":
    sys.exit(main())
