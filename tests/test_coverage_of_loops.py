"""A trace function that keeps a stack hears a return for each call, whatever a loop handled."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class Stack:
    """A trace function; `odd` has what returned without being the last that was called."""

    def __init__(self) -> None:
        self._frames: list[FrameType] = []
        self.odd: list[str] = []

    def __call__(self, frame: FrameType, event: str, argument: Any) -> "Stack":
        if event == "call":
            self._frames.append(frame)
        elif event == "return" and self._frames:
            if self._frames[-1] is frame:
                self._frames.pop()
            else:
                self.odd.append(frame.f_code.co_name)
        return self


def traced(run: Callable[[], object]) -> Stack:
    stack, before = Stack(), sys.gettrace()
    sys.settrace(stack)
    try:
        run()
    finally:
        sys.settrace(before)
    return stack


async def handled() -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(60)


async def resumed() -> None:
    await handled()


def test_a_handled_exception_leaves_the_callers_stack_whole() -> None:
    #    coverage_of_loops.trace_loops_apart()
    loop = asyncio.new_event_loop()
    try:
        stack = traced(lambda: loop.run_until_complete(resumed()))
    finally:
        loop.close()
    assert stack.odd == []
