"""The `xray` program: the daemon, the API, OTLP and the pages over one store."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from commons.errors import UserError
from commons.loop import run
from commons.sockets import listen
from xray_local import pages
from xray_local.api import routes as api
from xray_local.api.state import State
from xray_local.database import TraceDatabase
from xray_local.otlp import receiver
from xray_local.otlp.export import SpanExport
from xray_local.sampling.files import load_rules
from xray_local.sampling.rules import SamplingRules
from xray_local.segments.daemon import SegmentDaemon
from xray_local.settings import Settings
from xray_local.status import Running, addresses, farewell, status_route
from xray_local.store import TraceStore

_LAST_ANSWERS_S = 2
_EXPIRE_EVERY_S = 1.0
_FREE_PORT_TRIES = 20
_ADVICE = "choose another with --port"


class _Server(uvicorn.Server):
    """Uvicorn without signal handling of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. UserError if it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="xray: %(message)s", stream=sys.stderr)
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    async with running(settings) as found:
        print(addresses(found, settings.db), flush=True)
        await stopped.wait()
    print(farewell(found), flush=True)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Everything up inside the block; after it all is written and closed. UserError if it cannot
    start."""
    async with contextlib.AsyncExitStack() as stack:
        store = TraceStore(settings.limits)
        state = State.over(store, _rules(settings, store))
        api_socket, udp = _sockets(settings, stack)
        otlp_socket = stack.enter_context(
            listen(settings.host, settings.otlp_port, "choose another with --otlp-port")
        )
        database = TraceDatabase(settings.db) if settings.db else None
        if database is not None:
            stack.callback(database.close)
            database.restore(store)
            database.restore_state(state, rules=settings.sampling_rules is None)
            await stack.enter_async_context(_background(database.run()))
        export = None
        if settings.export_to:
            _refuse_itself(settings, otlp_socket)
            export = SpanExport(store, settings.export_to, settings.export_headers)
            stack.push_async_callback(export.close)
            await stack.enter_async_context(_background(export.run()))
        daemon = SegmentDaemon(store)
        daemon.take(udp)
        stack.callback(daemon.close)
        await stack.enter_async_context(_background(_expire(store)))
        found = Running(store, daemon, _url(api_socket), _url(otlp_socket), export, database)
        shown = pages.routes(store, settings.allow_host)
        taken = receiver.routes(store)
        app = Starlette(routes=[status_route(found), *shown, *taken, *api.routes(state)])
        await stack.enter_async_context(_http(app, [api_socket, otlp_socket]))
        yield found


def _rules(settings: Settings, store: TraceStore) -> SamplingRules:
    rules = SamplingRules(store.clock)
    if settings.sampling_rules is not None:
        load_rules(settings.sampling_rules, rules)
    return rules


def _sockets(
    settings: Settings, stack: contextlib.AsyncExitStack
) -> tuple[socket.socket, socket.socket]:
    """The same port of TCP and UDP; where any will do, one that is free for both."""
    for _ in range(_FREE_PORT_TRIES if settings.port == 0 else 1):
        tcp = stack.enter_context(
            listen(settings.host, settings.port, "choose another with --port")
        )
        port = tcp.getsockname()[1]
        try:
            return tcp, stack.enter_context(SegmentDaemon.bind(settings.host, port))
        except OSError as error:
            reason = error.strerror or str(error)
    raise UserError(f"cannot listen on UDP {settings.host}:{port}: {reason}; {_ADVICE}")


def _refuse_itself(settings: Settings, otlp: socket.socket) -> None:
    if settings.export_to.startswith((_url(otlp), f"http://localhost:{otlp.getsockname()[1]}")):
        raise UserError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT: {settings.export_to} is this program; spans would go"
            " round in a circle"
        )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _http(app: Starlette, sockets: list[socket.socket]) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets))
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def _expire(store: TraceStore) -> None:
    while True:
        await asyncio.sleep(_EXPIRE_EVERY_S)
        store.drop_aged()
