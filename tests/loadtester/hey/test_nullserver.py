import asyncio

from loadtester.hey.nullserver import RESPONSE, NullServer


class _Written(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.data += bytes(data)


def responses(*pieces: bytes) -> bytes:
    protocol, transport = NullServer(), _Written()
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
    return transport.data


def test_every_head_is_answered_however_it_is_cut() -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert responses(head) == RESPONSE
    assert responses(head + head) == RESPONSE * 2
    assert responses(*(bytes([byte]) for byte in head)) == RESPONSE
    assert responses(head + head[:9], head[9:]) == RESPONSE * 2


def test_half_a_head_waits() -> None:
    assert responses(b"GET / HTTP/1.1\r\n\r") == b""
