"""Serve, drain, stop.

SIGTERM does not stop the service: readiness flips to 503 and serving goes on for the drain time,
so that endpoints and load balancers can look away; every answer then asks the client to leave the
connection. After that the listener closes and requests in flight finish. A second signal stops
at once. SIGINT (a person at a terminal) skips the drain.
"""

import asyncio
import logging
import signal
import socket
from types import FrameType

import uvicorn

from detail_service import app
from detail_service.errors import AddressError
from detail_service.settings import Settings

log = logging.getLogger("detail")


class Server(uvicorn.Server):
    """A uvicorn server with a readiness drain before it closes its listeners."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self.drain_seconds = drain_seconds
        self.draining = False
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first SIGTERM drains; any second signal stops at once."""
        if self.draining or self.should_exit:
            self.force_exit = self.should_exit = True
        elif sig == signal.SIGTERM and self.drain_seconds > 0 and self.loop is not None:
            self.loop.call_soon_threadsafe(self._drain)
        else:
            self.should_exit = True

    def _drain(self) -> None:
        assert self.loop is not None
        self.draining = True
        self.config.app.state.ready = False  # type: ignore[union-attr]
        leave = (b"connection", b"close")
        self.config.encoded_headers = [*self.config.encoded_headers, leave]
        self.server_state.default_headers = [*self.server_state.default_headers, leave]
        self.loop.call_later(self.drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises AddressError when the address is taken or not ours."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise AddressError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; "
            "choose another with --host (HOST) and --port (PORT)"
        ) from None
    return listener


def run(settings: Settings) -> int:
    """Serve until told to stop; the exit code."""
    listener = listen(settings.host, settings.port)
    config = uvicorn.Config(
        app.build(settings),
        log_level=settings.log_level,
        access_log=settings.access_log,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    Server(config, settings.drain_seconds).run(sockets=[listener])
    return 0
