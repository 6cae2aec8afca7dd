"""The Enter key, on a pseudo-terminal."""

import asyncio
import io
import os
import pty
import sys

import pytest

from rehearsal.commands import keyboard
from rehearsal.commands.keyboard import has_keyboard, typed_lines

pytestmark = pytest.mark.anyio


async def test_what_is_typed_comes_line_by_line_until_the_end() -> None:
    ours, theirs = pty.openpty()
    found = []
    try:
        os.write(ours, b"\n")
        async for line in typed_lines(theirs):
            found.append(line)
            os.write(ours, b"yes\n" if len(found) == 1 else b"\x04")  # then the end of the input
    finally:
        os.close(ours)
        os.close(theirs)
    assert found == [b"\n", b"yes\n"]


async def test_a_terminal_that_goes_away_is_an_end() -> None:
    ours, theirs = pty.openpty()
    os.close(ours)
    assert [line async for line in typed_lines(theirs)] == []
    os.close(theirs)


async def test_a_background_job_leaves_what_is_typed_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_front = [False]
    monkeypatch.setattr(keyboard, "_is_in_front", lambda _: in_front[0])
    monkeypatch.setattr(keyboard, "_AGAIN_S", 0.02)
    ours, theirs = pty.openpty()
    os.write(ours, b"\n")
    lines = typed_lines(theirs)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    in_front[0] = True
    assert await waiting == b"\n"
    await lines.aclose()  # type: ignore[attr-defined]
    os.close(ours)
    os.close(theirs)


def test_a_pipe_has_no_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not has_keyboard()
    monkeypatch.setattr(sys, "stdin", None)
    assert not has_keyboard()
