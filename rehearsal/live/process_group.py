"""The processes of a rehearsal: started with its mark, logged to its folder, stopped as one."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rehearsal.live.reaper import MARK

_GRACE_S = 10.0


class Program:
    """A running child with its name and the file that holds what it said."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self.expected_to_end = False
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.returncode

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self, grace_s: float = _GRACE_S) -> None:
        """SIGTERM, then SIGKILL to its whole group once the grace is over."""
        self.expected_to_end = True
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL at once, as a kubelet does to a container that is no longer alive."""
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def last_words(self, lines: int = 5) -> str:
        """The end of its log: what is told when it dies."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.rstrip().splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return


class Nursery:
    """Where programs are started, and the promise that none outlives the rehearsal."""

    def __init__(self) -> None:
        self.stage = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self._programs: list[Program] = []
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.live.reaper", self.stage, str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    async def start(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Program:
        """Start a program in a session of its own; its output goes to `NAME.log`."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **(env or {}), MARK: self.stage},
                start_new_session=True,
            )
        program = Program(name, process, log)
        self._programs.append(program)
        return program

    def keep_logs(self, target: Path) -> None:
        """Copy every log to a folder that stays."""
        target.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob("*.log"):
            shutil.copy(log, target)

    async def close(self) -> None:
        """Stop all that still runs, then let the keeper sweep and take the folder away."""
        running = [p for p in self._programs if p.exit_code is None]
        await asyncio.gather(*(p.stop(grace_s=3.0) for p in running))
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        await asyncio.to_thread(self._keeper.wait)
