"""The server's settings, those it may not have, and ours."""

import h2.config
import h2.connection
import h2.settings
import pytest

from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.frames import MAX_STREAM, MAX_WINDOW_BYTES
from loadtester.load.http2.settings import GREETING, PeerSettings


def pair(name: int, value: int) -> bytes:
    return name.to_bytes(2, "big") + value.to_bytes(4, "big")


def told(payload: bytes) -> tuple[int, int, int, int]:
    peer = PeerSettings()
    peer.take(payload)
    return peer.table_bytes, peer.streams, peer.window_bytes, peer.frame_bytes


def test_what_is_not_said_has_its_default() -> None:
    assert told(b"") == (4096, MAX_STREAM, 65_535, 16_384)


def test_the_last_word_counts() -> None:
    said = pair(1, 100) + pair(3, 5) + pair(4, 9) + pair(4, 10) + pair(5, 20_000) + pair(6, 1)
    assert told(said + pair(2, 0) + pair(0x99, 7)) == (100, 5, 10, 20_000)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\0" * 7, ErrorCode.FRAME_SIZE_ERROR),
        (pair(2, 1), ErrorCode.PROTOCOL_ERROR),
        (pair(4, MAX_WINDOW_BYTES + 1), ErrorCode.FLOW_CONTROL_ERROR),
        (pair(5, 16_383), ErrorCode.PROTOCOL_ERROR),
        (pair(5, 1 << 24), ErrorCode.PROTOCOL_ERROR),
    ],
)
def test_what_cannot_be(payload: bytes, code: ErrorCode) -> None:
    with pytest.raises(Violation) as refused:
        PeerSettings().take(payload)
    assert refused.value.code is code


def test_the_greeting_is_understood() -> None:
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.receive_data(GREETING)
    assert server.remote_settings.enable_push == 0
    assert server.remote_settings.initial_window_size == MAX_WINDOW_BYTES
    assert server.outbound_flow_control_window == MAX_WINDOW_BYTES
