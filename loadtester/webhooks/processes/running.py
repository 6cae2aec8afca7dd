"""One command as its reaper tells of it: its pipes, what is known of its end, its output."""

import asyncio
import contextlib
import errno
import io
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from loadtester.webhooks.gotypes import exit_text
from loadtester.webhooks.processes.output import BoundedOutput

_CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Finished:
    """How a command ended. `returncode` is None if it did not start, or if its end was not seen.

    `error` says which, or how Go words its end (`exit status 1`); `lost` means that whoever
    watched it was killed.
    """

    returncode: int | None
    output: bytes
    error: str = ""
    timed_out: bool = False
    lost: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ran and exited 0."""
        return self.returncode == 0


class ProcessTree:
    """One command and everything that it starts, wherever that goes."""

    def __init__(self, control: io.FileIO) -> None:
        self._control = control

    def terminate(self) -> None:
        """Send SIGTERM to every process of it."""
        if not self._control.closed:
            with contextlib.suppress(OSError):  # it has ended
                self._control.write(b"T")

    def kill(self) -> None:
        """Kill every process of it: the reaper does that when this pipe ends."""
        self._control.close()


class RunningCommand:
    """The near ends of a command's pipes. OSError if this machine has no room for them."""

    def __init__(self, program: str, keep: Callable[[bytes], bytes], limit_bytes: int) -> None:
        self._program = program
        self._keep = keep
        self._output = BoundedOutput(limit_bytes)
        self._failure = ""
        self._returncode: int | None = None
        self.runner = 0
        """The process id of its runner, once that is known."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the command itself has ended, or will never be seen to."""
        with contextlib.ExitStack() as opened:
            self._output_pipe, output = _open_pipe(opened, "rb")
            control_pipe, control = _open_pipe(opened, "wb")
            self._status_pipe, status = _open_pipe(opened, "rb")
            self.far_ends = (output, control, status)
            """Where output goes, what controls it, where its status goes: for the reaper."""
            self.tree = ProcessTree(control_pipe)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Let go of the pipes, and so kill what is left."""
        self._opened.close()

    def close_far_ends(self) -> None:
        """The reaper has its own by now."""
        for end in self.far_ends:
            end.close()

    async def follow_status(self) -> None:
        """Take down what the reaper says, to the end: then nothing of the command is left."""
        async with _reading(self._status_pipe) as stream:
            try:
                while line := await stream.readline():
                    self._take_status(line.decode("utf-8", "replace").strip())
            finally:
                if not self.ended.done():
                    self.ended.set_result(None)

    def _take_status(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "runner":
            self.runner = int(rest)
        elif word == "failed":
            number, _, file = rest.partition(" ")
            self._failure = _start_failure(int(number), file or self._program)
        elif word == "ended":
            self._returncode = int(rest)
        if word in ("failed", "ended") and not self.ended.done():
            self.ended.set_result(None)

    async def follow_output(self) -> None:
        """Take down what it prints until nobody can print any more."""
        async with _reading(self._output_pipe) as stream:
            while piece := await stream.read(_CHUNK_BYTES):
                self._output.add(self._keep(piece))

    def finished(self, timed_out: bool) -> Finished:
        """All that is known of its end."""
        output = self._output.value()
        if self._failure:
            return Finished(None, output, self._failure)
        if self._returncode is None:
            killed = exit_text(-signal.SIGKILL)
            return Finished(None, output, killed, timed_out, lost=not timed_out)
        return Finished(self._returncode, output, exit_text(self._returncode), timed_out)


def _open_pipe(opened: contextlib.ExitStack, near_mode: str) -> tuple[io.FileIO, io.FileIO]:
    """The near end (`rb` if we read, `wb` if we write, neither ever blocks) and the far one."""
    ends: dict[str, io.FileIO] = {}
    for mode, descriptor in zip(("rb", "wb"), os.pipe(), strict=True):
        ends[mode] = opened.enter_context(io.FileIO(descriptor, mode))
    near = ends.pop(near_mode)
    os.set_blocking(near.fileno(), False)
    return near, ends.popitem()[1]


@contextlib.asynccontextmanager
async def _reading(pipe: io.FileIO) -> AsyncIterator[asyncio.StreamReader]:
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), pipe
    )
    try:
        yield stream
    finally:
        transport.close()


def _start_failure(number: int, program: str) -> str:
    if number == errno.EINVAL:
        return f"fork/exec {program}: invalid argument"
    absent = number == errno.ENOENT
    reason = "executable file not found in $PATH" if absent else os.strerror(number).lower()
    return f'exec: "{program}": {reason}'
