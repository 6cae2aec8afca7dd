"""Small servers of many manners, on loopback, each on an event loop in a thread of its own."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Exchange:
    """One request as a server saw it, and the way to respond."""

    number: int
    """Of all requests, from 0."""
    on_connection: int
    """Of the requests on its connection, from 0."""
    head: bytes
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def respond(self, data: bytes = OK) -> None:
        """Write `data`."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with a RST."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


@contextlib.contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that hands every connection to `talk`, in a thread, then closes it."""

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


async def respond_ok(exchange: Exchange) -> None:
    """200, always."""
    await exchange.respond()


@dataclass
class Server:
    """A running server and what it saw."""

    port: int = 0
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/`."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def targets(self) -> list[str]:
        """The request lines, without method and version."""
        return [head.split(b" ")[1].decode() for head in self.heads]


async def _serve(
    server: Server, behave: Behaviour, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    server.connections += 1
    try:
        on_connection = 0
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            body = await reader.readexactly(length)
            number = len(server.heads)
            server.heads.append(head)
            server.bodies.append(body)
            await behave(Exchange(number, on_connection, head, body, reader, writer))
            on_connection += 1
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


@contextlib.contextmanager
def serving(
    behave: Behaviour = respond_ok,
    *,
    host: str = "127.0.0.1",
    path: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """Serve on a free port of `host`, or on the unix socket `path`, until the block ends."""
    server, loop = Server(), asyncio.new_event_loop()
    started = threading.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(server, behave, reader, writer)

    async def listen() -> asyncio.Server:
        if path is not None:
            return await asyncio.start_unix_server(accept, path)
        return await asyncio.start_server(accept, host, 0, ssl=tls, backlog=1024)

    def run() -> None:
        asyncio.set_event_loop(loop)
        listener = loop.run_until_complete(listen())
        if path is None:
            server.port = listener.sockets[0].getsockname()[1]
        started.set()
        loop.run_forever()
        listener.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
