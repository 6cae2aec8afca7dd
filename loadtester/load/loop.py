"""The event loop that load is sent from."""

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed, else the standard one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
