"""Starts children in groups of their own and sees every one of them to its end."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtester.webhooks.gotypes import exit_text
from loadtester.webhooks.processes import guardian
from loadtester.webhooks.processes.output import BoundedOutput

MARK = "LOADTESTER_SERVER"
RUN_MARK = "LOADTESTER_CHILD"
_SECRETS = ("LOADTESTER_TOKEN", "LOADTESTER_HMAC_SECRET")
_CHUNK_BYTES = 65536
_AFTER_KILL_S = 2.0
_TOLD_S = 3.0


@dataclass(frozen=True)
class Finished:
    """How a child ended. ``returncode`` is None if it could not be started (``error`` says why)."""

    returncode: int | None
    output: bytes
    error: str = ""
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ran and exited 0."""
        return self.returncode == 0


class Child:
    """One process group. `tell` asks it to stop, `kill` does not ask."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str) -> None:
        self._process = process
        self.group = process.pid
        self.mark = mark

    def tell(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Send ``sign`` to every process of the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, sign)

    def kill(self) -> None:
        """Kill the whole group."""
        self.tell(signal.SIGKILL)

    async def read(self, take: Callable[[bytes], None]) -> int:
        """Hand each piece of output to ``take``; the exit code once all writers are gone."""
        assert self._process.stdout is not None
        while piece := await self._process.stdout.read(_CHUNK_BYTES):
            take(piece)
        return await self._process.wait()


class Supervisor:
    """All children of one server. They inherit its environment, plus a mark to know them by."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(8)
        self._guardian: subprocess.Popen[bytes] | None = None
        self.children: set[Child] = set()

    def open(self) -> None:
        """Start the guardian. It runs in a session of its own, so that no terminal reaches it."""
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, f"{MARK}={self._mark}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """Kill every child left; the guardian sweeps up whatever escaped, and goes."""
        for child in list(self.children):
            child.kill()
        if self._guardian is not None:
            assert self._guardian.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._guardian.stdin.close()
            self._guardian.wait()
            self._guardian = None

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        limit_bytes: int,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
        started: Callable[[Child], None] = lambda _: None,
    ) -> Finished:
        """Run ``argv`` to its end or to the deadline, when its whole group is killed.

        A run is over when the process has exited and nobody holds its output any more; what is
        then left of the group is killed too. ``keep`` sees each piece of output and returns what
        of it is to be recorded; ``started`` is given the child.
        """
        output = BoundedOutput(limit_bytes)
        try:
            child = await self._start(argv, env or {}, cwd)
        except (OSError, ValueError) as error:
            return Finished(None, b"", error=_start_error(argv[0], error))
        started(child)
        try:
            returncode, timed_out = await self._follow(
                child, lambda piece: output.add(keep(piece)), timeout_s
            )
        finally:
            child.kill()
            self.children.discard(child)
            self._say(f"-{child.group}")
        return Finished(returncode, output.value(), exit_text(returncode), timed_out)

    async def _start(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> Child:
        mark = secrets.token_hex(8)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**_inherited(), **env, MARK: self._mark, RUN_MARK: mark},
            cwd=cwd,
        )
        child = Child(process, f"{RUN_MARK}={mark}")
        self.children.add(child)
        self._say(f"+{child.group}")
        return child

    async def _follow(
        self, child: Child, take: Callable[[bytes], None], timeout_s: float
    ) -> tuple[int, bool]:
        reading = asyncio.ensure_future(child.read(take))
        try:
            done, _ = await asyncio.wait({reading}, timeout=timeout_s)
            if done:
                return reading.result(), False
            child.kill()
            guardian.sweep(child.mark.encode())
            await asyncio.wait({reading}, timeout=_AFTER_KILL_S)
            return (reading.result() if reading.done() else -signal.SIGKILL), True
        finally:
            reading.cancel()

    def _say(self, line: str) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guardian.stdin.write(f"{line}\n".encode())
                self._guardian.stdin.flush()

    async def stop(self, told_s: float = _TOLD_S) -> None:
        """Ask every child to stop, wait a little, kill the rest."""
        for child in list(self.children):
            child.tell()
        deadline = asyncio.get_running_loop().time() + told_s
        while self.children and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        for child in list(self.children):
            child.kill()


def _inherited() -> dict[str, str]:
    """Our environment but for what callers must know: a command has no business with it."""
    return {name: value for name, value in os.environ.items() if name not in _SECRETS}


def _start_error(program: str, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):  # a NUL in an argument
        return f"fork/exec {program}: invalid argument"
    if isinstance(error, FileNotFoundError):
        return f'exec: "{program}": executable file not found in $PATH'
    return f'exec: "{program}": {(error.strerror or str(error)).lower()}'
