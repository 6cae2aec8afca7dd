"""Any two faults at once, on any path and method: a response or none, and never a traceback.

uvicorn's own request object runs the application, so that what it refuses (a body longer or
shorter than announced, messages out of order) shows here as it would in the log of a server.
"""

import asyncio
import io
import itertools
import logging
from collections import Counter
from typing import Any

import pytest
from starlette.types import Scope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from detail_service.faults.kinds import FAULT, KINDS
from detail_service.faults.spec import FaultSpec
from detail_service.settings import Settings
from tests.detail_service.support import Built, built, scope

FAULTS: list[dict[str, object]] = [
    {"kind": "status"},
    {"kind": "status", "status": 204},
    {"kind": "status", "status": 205},
    {"kind": "status", "status": 304, "body": "x"},
    {"kind": "status", "status": 299, "body": ""},
    {"kind": "status", "status": 418, "body": "[" * 4096},
    {"kind": "delay", "distribution": "fixed", "delay": 3},
    {"kind": "hang"},
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "truncate", "keep": 0},
    {"kind": "slow", "bytes_per_s": 500},
    {"kind": "corrupt"},
    {"kind": "unready", "path": None},
    {"kind": "cpu", "burn": 0},
    {"kind": "memory", "leak": 1000},
]
PATHS = ["/catalogDetail", "/", "/nothing", "/ping", "/metrics", "/openapi.json", "/faults"]
METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
PAIRS = list(itertools.combinations_with_replacement(range(len(FAULTS)), 2))


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Connection:
    """The connection that the server lends; a client that stays, and time that costs nothing."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self.cycle = cycle
        self.ended = False

    async def gone(self, timeout_s: float) -> bool:
        return False

    def reset(self) -> None:
        self.ended = True
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    close = reset


def cycle_of(request: Scope) -> RequestResponseCycle:
    transport = Transport()
    cycle = RequestResponseCycle(
        scope=request,  # type: ignore[arg-type]
        transport=transport,
        flow=FlowControl(transport),
        logger=logging.getLogger("uvicorn.error"),
        access_logger=logging.getLogger("uvicorn.access"),
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=True,
        on_response=lambda: None,
    )
    cycle.more_body = False
    cycle.message_event.set()
    request["extensions"] = {"detail.connection": Connection(cycle), "detail.cycle": cycle}
    return cycle


async def serve(app: Built, path: str, method: str) -> bytes | None:
    """The bytes of the whole response; None when the exchange was broken off."""
    cycle = cycle_of(scope(path, method))
    await cycle.run_asgi(app.edge)  # type: ignore[arg-type]
    assert isinstance(cycle.transport, Transport)
    connection: Connection = cycle.scope["extensions"]["detail.connection"]  # type: ignore[assignment]
    assert cycle.response_complete or connection.ended
    return None if connection.ended else cycle.transport.written


def check_framing(response: bytes, method: str) -> None:
    """The body has the length that was announced."""
    head, _, body = response.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if method == "HEAD" or int(head.split()[1]) in (204, 304):
        assert body == b""
    else:
        assert len(body) == int(headers[b"content-length"])


def specs(path: str) -> list[FaultSpec]:
    return [FAULT.validate_python({"path": path, **fault}) for fault in FAULTS]


def test_the_faults_are_of_every_kind_that_leaves_the_process_alive() -> None:
    assert {fault["kind"] for fault in FAULTS} == set(KINDS) - {"crash"}


@pytest.mark.anyio
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
async def test_no_pair_ends_in_a_traceback(path: str, method: str, log_stream: io.StringIO) -> None:
    with built(Settings(app_version="2.0", fault_max_delay=5)) as app:
        assert app.parts.faults is not None
        app.tracer.enabled = False
        by_number = specs(path)
        outcomes: Counter[bool] = Counter()
        for pair in PAIRS:
            app.parts.faults.reset()
            for number in pair:
                app.parts.faults.start(by_number[number])
            response = await serve(app, path, method)
            outcomes[response is None] += 1
            if response is not None:
                check_framing(response, method)
            assert log_stream.getvalue() == "", (path, method, pair)

    assert outcomes[True] > 20
    assert outcomes[False] > 20
