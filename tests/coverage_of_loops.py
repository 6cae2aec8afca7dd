"""Coverage of what runs an event loop, on Python 3.11.

There, trace functions hear no call when a coroutine goes on because the one that it awaits has
handled an exception thrown into it (a timeout, a cancellation), but they hear it return; 3.12 tells
both. Coverage keeps a stack by these events: each such return takes away a caller's entry, and the
rest of the caller's lines count as not run. Every connection that anyio makes does that.
"""

import asyncio
import functools
import sys
import threading


def trace_loops_apart() -> None:
    """Give each run of an event loop a trace function of its own; the caller's keeps its stack."""
    run_forever = asyncio.BaseEventLoop.run_forever

    @functools.wraps(run_forever)
    def run_apart(self: asyncio.BaseEventLoop) -> None:
        outer = sys.gettrace()
        if outer is not None:
            sys.settrace(threading.gettrace())
        try:
            run_forever(self)
        finally:
            if outer is not None:
                sys.settrace(outer)

    asyncio.BaseEventLoop.run_forever = run_apart  # type: ignore[method-assign]
