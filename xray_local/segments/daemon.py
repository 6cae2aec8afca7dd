"""The X-Ray daemon's UDP side: it takes segments and never answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from xray_local.errors import MalformedError
from xray_local.segments.reading import read_datagram
from xray_local.store import TraceStore

_BUFFER_BYTES = 8 * 1024 * 1024
_MOST_AT_ONCE = 64
_MOST_DATAGRAM_BYTES = 65_536
_SO_RCVBUFFORCE = 33
_SO_RXQ_OVFL = 40
"""asm-generic/socket.h: each datagram carries how many the kernel dropped before it."""


class SegmentDaemon:
    """Adds what arrives to `store`; counts what it could not read, and what the kernel dropped.

    Up to 64 datagrams are read each time the loop finds the socket readable, so that a burst does
    not keep the loop from everything else.
    """

    def __init__(self, store: TraceStore) -> None:
        self._store = store
        self._socket: socket.socket | None = None
        self.address = ""
        self.datagrams = 0
        self.lost = 0
        """Datagrams that came while the socket's buffer was full."""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns `address`, as AWS_XRAY_DAEMON_ADDRESS wants it. OSError if it cannot."""
        return self.take(self.bind(host, port))

    @staticmethod
    def bind(host: str, port: int) -> socket.socket:
        """A socket for `take`. OSError if the address cannot be listened on."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            with contextlib.suppress(OSError):  # beyond the system's bound, where that is allowed
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        return sock

    def take(self, sock: socket.socket) -> str:
        """Read from a socket that is bound; returns `address`."""
        self._socket = sock
        asyncio.get_running_loop().add_reader(sock, self._read)
        host, port = sock.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self.address

    def close(self) -> None:
        """Read what is there, then stop listening. Idempotent."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            while self._read():
                pass
            self._socket.close()
            self._socket = None

    def _read(self) -> int:
        """Take what is there, within a bound; how many datagrams that were."""
        assert self._socket is not None
        for number in range(_MOST_AT_ONCE):
            try:
                data, extra, _, _ = self._socket.recvmsg(_MOST_DATAGRAM_BYTES, 32)
            except (BlockingIOError, InterruptedError):
                return number
            except OSError:
                return 0
            for _, kind, value in extra:
                if kind == _SO_RXQ_OVFL:
                    self.lost = int.from_bytes(value[:4], "little")
            self.receive(data)
        return _MOST_AT_ONCE

    def receive(self, data: bytes) -> None:
        """Take one datagram."""
        self.datagrams += 1
        try:
            self._store.add(read_datagram(data))
        except MalformedError as error:
            self._store.count_malformed(error.kind)
