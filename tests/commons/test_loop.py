import asyncio
import sys

import pytest
import uvloop

from commons.loop import new_event_loop, run


async def loop_type() -> type[asyncio.AbstractEventLoop]:
    return type(asyncio.get_running_loop())


def test_uvloop_where_it_is_installed() -> None:
    assert run(loop_type()) is uvloop.Loop


def test_asyncio_where_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    made = new_event_loop()
    made.close()
    assert not isinstance(made, uvloop.Loop)
