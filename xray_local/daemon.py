"""The daemon: a UDP socket on loopback that takes segments. It never answers."""

import asyncio

from xray_local.segment import MalformedError, parse
from xray_local.traces import Traces


class Daemon(asyncio.DatagramProtocol):
    """Adds what arrives to `traces`; counts what it could not read."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self._transport: asyncio.DatagramTransport | None = None
        self.malformed = 0
        self.address = ""

    async def start(self) -> str:
        """Listen on any free port; returns `address`, as AWS_XRAY_DAEMON_ADDRESS wants it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        host, port = self._transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"
        return self.address

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        del addr
        try:
            segment = parse(data)
        except MalformedError:
            self.malformed += 1
            return
        if segment is not None:
            self._traces.add(segment)
