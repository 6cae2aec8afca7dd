"""Commands as children of a reaper, each seen to its end together with all it started."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from commons import reaper
from loadtester.webhooks.processes.environment import command_environment
from loadtester.webhooks.processes.running import Finished, ProcessTree, RunningCommand

_AFTER_KILL_S = 2 * reaper.PATIENCE_S
_OUTPUT_AFTER_KILL_S = 1.0
_BUSY_S = 0.01


class Supervisor:
    """All commands of one server, and the reaper that starts them (see `commons.reaper`).

    With `owns_children`, for a process whose children are all its commands, it kills whatever
    becomes its child because the reaper itself was killed.
    """

    def __init__(self, *, owns_children: bool = False) -> None:
        self._owns_children = owns_children
        self._reaper: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._running: set[RunningCommand] = set()

    def open(self) -> None:
        """Start the reaper, in a session of its own, so that no terminal reaches it."""
        if self._owns_children:
            reaper.become_subreaper()
        ours, theirs = socket.socketpair()
        with theirs:
            self._reaper = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-X",
                    "utf8",
                    reaper.__file__,
                    "spawn",
                    str(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=command_environment({}),
                start_new_session=True,
            )
        ours.setblocking(False)
        self._channel = ours

    def close(self) -> None:
        """Kill every command left, then let the reaper go."""
        for running in self._running:
            running.tree.kill()
        self._close_channel()
        if self._reaper is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._reaper.wait(_AFTER_KILL_S)
            self._reaper = None
        self._kill_orphans()

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        limit_bytes: int,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
        started: Callable[[ProcessTree], None] = lambda _: None,
    ) -> Finished:
        """Run `argv` to its end or to the deadline, and leave nothing of it behind.

        It is over when it has exited and nobody holds its output any more, as with Go's
        CombinedOutput. `keep` sees each piece of output and returns what of it is to be recorded;
        `started` is given the processes. OSError if this machine has no room for it.
        """
        folder = str(cwd) if cwd else None
        request = {"argv": list(argv), "env": command_environment(env or {}), "cwd": folder}
        while True:
            running = RunningCommand(argv[0], keep, limit_bytes)
            self._running.add(running)
            try:
                await self._spawn(json.dumps(request).encode(), running)
                started(running.tree)
                finished = await self._follow(running, timeout_s)
            finally:
                running.close()
                self._running.discard(running)
            if running.runner or not finished.lost:
                return finished  # else the reaper was killed before it read the request

    async def _spawn(self, request: bytes, running: RunningCommand) -> None:
        """Hand the request over; a reaper that was killed is replaced."""
        with os.fdopen(os.memfd_create("request"), "wb") as file:
            file.write(request)
            file.flush()
            descriptors = [file.fileno(), *(end.fileno() for end in running.far_ends)]
            while not self._send(descriptors):
                await asyncio.sleep(_BUSY_S)
        running.close_far_ends()

    def _send(self, descriptors: list[int]) -> bool:
        if self._channel is None:
            self.open()
        assert self._channel is not None
        try:
            socket.send_fds(self._channel, [b"+"], descriptors)
        except BlockingIOError:
            return False
        except (BrokenPipeError, ConnectionResetError):
            self._forget_reaper()
            return False
        return True

    def _close_channel(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _forget_reaper(self) -> None:
        self._close_channel()
        if self._reaper is not None:
            self._reaper.kill()
            self._reaper.wait()
            self._reaper = None

    async def _follow(self, running: RunningCommand, timeout_s: float) -> Finished:
        status = asyncio.ensure_future(running.follow_status())
        output = asyncio.ensure_future(running.follow_output())
        try:
            _, late = await asyncio.wait({running.ended, output}, timeout=timeout_s)
            running.tree.kill()
            await asyncio.wait({status}, timeout=_AFTER_KILL_S)
            if running.finished(timed_out=bool(late)).lost:
                self._kill_orphans()
            await asyncio.wait({output}, timeout=_OUTPUT_AFTER_KILL_S)
            return running.finished(timed_out=bool(late))
        finally:
            for task in (status, output):
                task.cancel()
            await asyncio.gather(status, output, return_exceptions=True)
            _reap([running.runner] if running.runner else [])

    def _kill_orphans(self) -> None:
        """Kill what became our child because a runner and the reaper were killed."""
        if not self._owns_children:
            return
        spared = {running.runner for running in self._running}
        if self._reaper is not None:
            spared.add(self._reaper.pid)
        reaper.kill_tree(_reap, spared)


def _reap(pids: Iterable[int]) -> None:
    """Wait for those that have ended; a runner is our child only after the reaper was killed."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
