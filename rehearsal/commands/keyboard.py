"""The Enter key of the terminal that a rehearsal was started from."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

_AGAIN_S = 1.0


def has_keyboard() -> bool:
    """Whether somebody may type: standard input is a terminal, and this is not a background job."""
    try:
        return sys.stdin.isatty() and _is_in_front(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):  # closed, or none at all
        return False


async def typed_lines(descriptor: int = 0) -> AsyncIterator[bytes]:
    """What is typed, whenever Enter is pressed, until the terminal's end.

    A job that was sent to the background leaves what is typed to others: to read it would stop it.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    later: list[asyncio.TimerHandle] = []

    def read() -> None:
        if not _is_in_front(descriptor):
            loop.remove_reader(descriptor)
            later[:] = [loop.call_later(_AGAIN_S, loop.add_reader, descriptor, read)]
            return
        try:
            lines.put_nowait(os.read(descriptor, 4096))
        except OSError:
            lines.put_nowait(b"")

    loop.add_reader(descriptor, read)
    try:
        while line := await lines.get():
            yield line
    finally:
        loop.remove_reader(descriptor)
        for handle in later:
            handle.cancel()


def _is_in_front(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal of this session: nobody stops who reads it
        return True
