"""The least a server can do: a response for every request that arrives, on one core.

`hey selfcheck` starts it as a process of its own. It prints its port, and ends when its standard
input does, so that it never outlives who started it.
"""

import asyncio
import sys
from typing import cast

from commons.loop import run

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
END = b"\r\n\r\n"


class NullServer(asyncio.Protocol):
    """Responds to each head of a request; bodies are not expected."""

    def __init__(self) -> None:
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Respond to every head that is complete by now."""
        heads = (self._unread + data).split(END)
        self._unread = heads.pop()
        if heads and self._transport is not None:
            self._transport.write(RESPONSE * len(heads))


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(NullServer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    run(serve())
