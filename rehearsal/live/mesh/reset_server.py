"""A server that resets every connection: what a fault of kind `reset` leads to."""

import asyncio
import socket


class ResetServer:
    """Listens on a Unix socket (`@name` is an abstract one) and aborts whatever comes."""

    def __init__(self, address: str) -> None:
        self._path = "\0" + address[1:] if address.startswith("@") else address
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        listener.bind(self._path)
        self._server = await asyncio.start_unix_server(_reset, sock=listener)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
