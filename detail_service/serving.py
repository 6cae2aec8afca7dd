"""Serve, drain, stop.

SIGTERM does not stop the service: readiness flips to 503 and serving goes on for the drain time,
so that endpoints and load balancers can look away; every response then asks its client to leave the
connection. After that the listener closes and requests in flight finish. A second signal stops
at once. SIGINT (a person at a terminal) skips the drain.
"""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from commons.sockets import BACKLOG, listen
from detail_service import startup
from detail_service.protocol import DetailProtocol, Limits, bounded
from detail_service.replica import Readiness
from detail_service.settings import Settings

log = logging.getLogger("detail")
LEAVE = (b"connection", b"close")
TICKS_PER_SWEEP = 10
ABANDON_S = 0.1
OnStartup = Callable[[asyncio.AbstractEventLoop], None]


class Server(uvicorn.Server):
    """A uvicorn server with a readiness drain before it closes its listeners."""

    def __init__(
        self,
        config: uvicorn.Config,
        readiness: Readiness,
        drain_seconds: float,
        on_startup: OnStartup | None = None,
    ) -> None:
        super().__init__(config)
        self.readiness = readiness
        self.drain_seconds = drain_seconds
        self.on_startup = on_startup
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        if self.on_startup is not None:
            self.on_startup(self.loop)
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            log.info("listening on http://%s:%d", host, port)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once a second slow clients are looked for."""
        if counter % TICKS_PER_SWEEP == 0:
            self.sweep()
        return await super().on_tick(counter)

    def sweep(self) -> None:
        """Cut off the clients that take too long."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, DetailProtocol):
                connection.sweep(now)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first SIGTERM drains; any second signal stops at once."""
        if self.readiness.draining or self.should_exit:
            self.should_exit = True
            if self.loop is not None:
                self.loop.call_soon_threadsafe(self._abandon)
        elif sig == signal.SIGTERM and self.drain_seconds > 0 and self.loop is not None:
            self.readiness.draining = True
            self.loop.call_soon_threadsafe(self._drain)
        else:
            self.readiness.draining = True
            self.should_exit = True

    def _drain(self) -> None:
        log.info("draining for %g s", self.drain_seconds)
        self.config.encoded_headers = [*self.config.encoded_headers, LEAVE]
        self.server_state.default_headers = [*self.server_state.default_headers, LEAVE]
        asyncio.get_running_loop().call_later(self.drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    def _abandon(self) -> None:
        """Leave nothing to wait for: drop the connections, then what still works for them."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        asyncio.get_running_loop().call_later(ABANDON_S, self._cancel)

    def _cancel(self) -> None:
        for task in list(self.server_state.tasks):
            task.cancel()


def create_server(
    app: ASGIApp,
    readiness: Readiness,
    settings: Settings,
    *,
    lifespan: bool = False,
    on_startup: OnStartup | None = None,
) -> Server:
    """A server for `app` with the limits of `settings`; `on_startup` gets its event loop."""
    limits = Limits(settings.max_head_bytes, settings.max_body_bytes, settings.request_timeout)
    config = uvicorn.Config(
        app,
        http=bounded(limits),
        ws="none",
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    return Server(config, readiness, settings.drain_seconds, on_startup)


def raise_file_limit(wanted: int) -> None:
    """Raise the limit of open files towards what the connections need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted + 128
    if soft < enough:
        most = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def run(settings: Settings) -> int:
    """Serve until told to stop; the exit code. Raises UserError before anything is served."""
    if settings.check:
        return check(settings)
    listener = listen(settings.host, settings.port)
    from detail_service import app, logs, replica

    logs.configure(settings.log_level)
    raise_file_limit(settings.max_connections)
    parts = replica.create_replica(settings)
    edge = app.create_edge(settings, parts)
    log.info("detail %s as %s", parts.catalog.release, parts.host)
    startup.freeze_garbage()
    server = create_server(edge, parts.readiness, settings, on_startup=edge.tracer.start)
    server.run(sockets=[listener])
    edge.tracer.close()
    return 0


def check(settings: Settings) -> int:
    """Make all that can be made without an address to listen on. Raises UserError."""
    from detail_service import app, replica

    app.create_edge(settings, replica.create_replica(settings)).tracer.close()
    print("the settings can be used")
    return 0
