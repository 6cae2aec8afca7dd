"""A `rehearse` command as a process, and the processes that came from it."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MARK = "REHEARSAL_TEST"


class Rehearsing:
    """One run; `mark` is in the environment of all that it starts."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> None:
        self.mark = secrets.token_hex(8)
        self._out = folder / "out.txt"
        self._err = folder / "err.txt"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal", *arguments],
                stdout=out,
                stderr=err,
                env={**os.environ, "TMPDIR": str(folder), MARK: self.mark, **env},
            )

    @property
    def output(self) -> str:
        return self._out.read_text()

    @property
    def errors(self) -> str:
        return self._err.read_text()

    def wait(self, timeout_s: float = 280) -> int:
        return self.process.wait(timeout_s)

    def until(self, text: str, timeout_s: float = 120) -> None:
        """Wait for something to be said."""
        deadline = time.monotonic() + timeout_s
        while text not in self.output:
            assert self.process.poll() is None, self.output + self.errors
            assert time.monotonic() < deadline, self.output + self.errors
            time.sleep(0.05)

    def offspring(self, name: str = "") -> dict[int, str]:
        """Command lines of the marked processes with `name` in line or environment, by id."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            known = environment.decode(errors="replace") + command
            if f"{MARK}={self.mark}" in known and name in known:
                found[int(entry.name)] = command
        return found

    def none_left(self, timeout_s: float = 10) -> dict[int, str]:
        """What is still there when the time is over: nothing, one hopes."""
        deadline = time.monotonic() + timeout_s
        while (left := self.offspring()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left


@contextmanager
def rehearsing(
    *arguments: str, folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[Rehearsing]:
    """A run that is over, whatever happens, when the block is."""
    run = Rehearsing(arguments, folder, env or {})
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            try:
                run.process.wait(20)
            except subprocess.TimeoutExpired:
                run.process.kill()
                run.process.wait()
