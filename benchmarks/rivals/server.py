"""A server that knows the truth: `python -m benchmarks.rivals.server PORT`.

Nine of ten responses come 10 ms after their request, the tenth after 100 ms. It keeps what each one
took, from the first byte of the request to the write of the response, and tells at /truth.
"""

import asyncio
import json
import sys
from time import monotonic_ns
from typing import cast

from commons import loop

QUICK_S, SLOW_S, EVERY = 0.010, 0.100, 10
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Truth:
    """What responses took, and when their requests came."""

    def __init__(self) -> None:
        self.took_ns: list[int] = []
        self.came_ns: list[int] = []

    def tell(self) -> bytes:
        """As JSON; and start anew."""
        took, came = sorted(self.took_ns), self.came_ns
        told: dict[str, float] = {"requests": len(took)}
        if took:
            told["p50_ms"] = took[len(took) // 2] / 1e6
            told["p99_ms"] = took[int(len(took) * 0.99)] / 1e6
            told["span_s"] = (max(came) - min(came)) / 1e9
        self.took_ns, self.came_ns = [], []
        return json.dumps(told).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1, one request after the other, without bodies."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._head = b""
        self._came_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """A part of a request, or one."""
        self._came_ns = self._came_ns or monotonic_ns()
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        if self._head.startswith(b"GET /truth"):
            told = self._truth.tell()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told
            )
        else:
            truth = self._truth
            truth.came_ns.append(self._came_ns)
            wait_s = SLOW_S if len(truth.came_ns) % EVERY == 0 else QUICK_S
            asyncio.get_running_loop().call_later(wait_s, self._respond, self._came_ns)
        self._head, self._came_ns = b"", 0

    def _respond(self, came_ns: int) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(RESPONSE)
        self._truth.took_ns.append(monotonic_ns() - came_ns)


async def serve(port: int) -> None:
    """Until it is killed."""
    truth = Truth()
    running = asyncio.get_running_loop()
    server = await running.create_server(lambda: Connection(truth), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    loop.run(serve(int(sys.argv[1])))
