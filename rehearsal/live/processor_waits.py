"""How long threads that could run have waited for a processor: the kernel's own count.

The second field of /proc/PID/task/TID/schedstat is that time in nanoseconds
(Documentation/scheduler/sched-stats). Where the kernel does not keep it, nobody has waited.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from commons.units import NS_PER_S


class ProcessorWaits:
    """Remembers what each thread had waited when it was last looked at."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._before_ns: dict[str, int] = {}

    def longest_s(self, pids: Iterable[int]) -> float:
        """The longest that one thread of these processes, or of this one, has waited since."""
        now_ns = {
            thread: waited_ns
            for pid in {*pids, os.getpid()}
            for thread, waited_ns in self._waits(pid)
        }
        since = (ns - self._before_ns[name] for name, ns in now_ns.items() if self._knows(name))
        longest_ns = max(since, default=0)
        self._before_ns = now_ns
        return longest_ns / NS_PER_S

    def _knows(self, thread: str) -> bool:
        return thread in self._before_ns

    def _waits(self, pid: int) -> list[tuple[str, int]]:
        found = []
        with suppress(OSError):
            for thread in (self._proc / str(pid) / "task").iterdir():
                with suppress(OSError, ValueError, IndexError):
                    fields = (thread / "schedstat").read_text().split()
                    found.append((f"{pid}/{thread.name}", int(fields[1])))
        return found
