"""Segments out over UDP: never blocks, never raises, counts what it could not send.

Under a server segments are written out together, twenty times a second: what makes a document of
one is cold for the processor after twenty other requests, and costs twice as much one by one.

The socket is connected, so the kernel reports a daemon that is not there (refused). A host name is
resolved in a thread and again after a while, for a daemon may come later than the service.
"""

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from aws_xray_sdk.core.emitters.udp_emitter import (
    PROTOCOL_DELIMITER,
    PROTOCOL_HEADER,
    UDPEmitter,
)

MAX_DATAGRAM_BYTES = 65_507
RESOLVE_AGAIN_S = 30.0
BATCH_S = 0.05
MAX_WAITING = 500
CallLater = Callable[[float, Callable[[], None]], object]
PREFIX = (PROTOCOL_HEADER + PROTOCOL_DELIMITER).encode()


class CountingEmitter(UDPEmitter):  # type: ignore[misc]
    """The SDK's emitter with counts: `sent`, and `dropped` by reason."""

    def __init__(self, daemon_address: str = "127.0.0.1:2000") -> None:
        self.sent = 0
        self.dropped: Counter[str] = Counter()
        self.export: Callable[[Any], None] | None = None
        """Also given every segment, and every subsegment that is sent apart."""
        self._connected = False
        self._resolve_at = 0.0
        self._call_later: CallLater | None = None
        self._waiting: list[Any] = []
        super().__init__(daemon_address)

    def set_daemon_address(self, address: str | None) -> None:
        """Raises the SDK's InvalidDaemonAddressException for an address of the wrong form."""
        super().set_daemon_address(address)
        self._connected = False
        self._resolve_at = 0.0
        self._reach()

    def send_in_batches(self, call_later: CallLater) -> None:
        """From now on keep entities for BATCH_S; `call_later` is the event loop's."""
        self._call_later = call_later

    def send_entity(self, entity: Any) -> None:
        """Send a closed segment, or a closed subsegment apart from its segment."""
        if self._call_later is None:
            self._emit(entity)
            return
        self._waiting.append(entity)
        if len(self._waiting) == 1:
            self._call_later(BATCH_S, self.flush)
        elif len(self._waiting) >= MAX_WAITING:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        waiting, self._waiting = self._waiting, []
        for entity in waiting:
            self._emit(entity)

    def _emit(self, entity: Any) -> None:
        try:
            self._send(entity.serialize().encode())
            if self.export is not None:
                self.export(entity)
        except Exception:
            self.dropped["error"] += 1

    def _send(self, document: bytes) -> None:
        datagram = PREFIX + document
        if len(datagram) > MAX_DATAGRAM_BYTES:
            self.dropped["too_large"] += 1
            return
        if not self._connected:
            self.dropped["unresolved"] += 1
            self._reach()
            return
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            self.dropped["blocked"] += 1
        except ConnectionRefusedError:
            self.dropped["refused"] += 1
        else:
            self.sent += 1

    def _reach(self) -> None:
        """Connect now to a literal address, in a thread to a host name."""
        try:
            ipaddress.ip_address(self._ip)
        except ValueError:
            if time.monotonic() >= self._resolve_at:
                self._resolve_at = time.monotonic() + RESOLVE_AGAIN_S
                threading.Thread(target=self._connect, name="xray-resolve", daemon=True).start()
        else:
            self._connect()

    def _connect(self) -> None:
        try:
            self._socket.connect((self._ip, self._port))
        except (OSError, ValueError, OverflowError):  # a name that IDNA refuses is a ValueError
            return
        self._connected = True

    def close(self) -> None:
        """Send what waits, and close the socket."""
        self._call_later = None
        self.flush()
        self._socket.close()
