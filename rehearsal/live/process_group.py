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

from commons import reaper
from rehearsal.applications.base import MARK

"""The variable that marks every process of a rehearsal."""

_GRACE_S = 10.0
_AGAIN_S = 0.2
_LOG_TAIL_BYTES = 16_384


class Process:
    """A running child with its name and the file that holds what it printed."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, log: Path, log_start: int
    ) -> None:
        self.name = name
        self._log = log
        self._log_start = log_start
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

    async def dismiss(self, grace_s: float) -> None:
        """As `stop`, of one that nobody needs any more: a second SIGTERM soon follows the first.

        Whoever drains for the sake of its clients then ends at once.
        """
        again = asyncio.get_running_loop().call_later(_AGAIN_S, self._signal, signal.SIGTERM)
        try:
            await self.stop(grace_s)
        finally:
            again.cancel()

    async def kill(self) -> None:
        """SIGKILL at once, as a kubelet does to a container that is no longer alive."""
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, or a sentence that it printed nothing; never empty."""
        words = self.output()[-_LOG_TAIL_BYTES:].rstrip().splitlines()[-lines:]
        return "\n".join(words) or "it printed nothing"

    def output(self) -> str:
        """All that it printed; what an earlier process of its name printed is not its own."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_start)
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return


class ProcessGroup:
    """Where processes are started, and the promise that none outlives the rehearsal.

    `environment` names the rehearsal on this machine: it marks its processes and sockets.
    """

    def __init__(self) -> None:
        self.environment = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self._processes: list[Process] = []
        self._reaper = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", reaper.__file__),
                *(f"{MARK}={self.environment}", str(self.folder)),
            ],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    async def start(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Process:
        """Start a program in a session of its own; its output goes to `NAME.log`."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as sink:
            start = sink.tell()
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **(env or {}), MARK: self.environment},
                start_new_session=True,
            )
        started = Process(name, process, log, start)
        self._processes.append(started)
        return started

    async def reaper_ended(self) -> int:
        """Wait for the reaper, which should not end before the rehearsal; its exit code."""
        return await asyncio.to_thread(self._reaper.wait)

    def running_pids(self) -> list[int]:
        """The processes that have been started here and have not ended."""
        return [process.pid for process in self._processes if process.exit_code is None]

    def keep_logs(self, target: Path) -> None:
        """Copy every log to a folder that stays."""
        target.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob("*.log"):
            shutil.copy(log, target)

    async def close(self) -> None:
        """Stop all that still runs, then let the reaper sweep and take the folder away.

        Cancelled, it leaves the rest to the reaper: the thread that waits for it must end too.
        """
        assert self._reaper.stdin is not None
        running = [p for p in self._processes if p.exit_code is None]
        try:
            await asyncio.gather(*(p.dismiss(grace_s=3.0) for p in running))
        finally:
            self._reaper.stdin.close()
            await asyncio.to_thread(self._reaper.wait)
