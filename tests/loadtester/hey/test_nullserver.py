import asyncio

from loadtester.hey.nullserver import ANSWER, Answer


class _Written(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.data += bytes(data)


def answers(*pieces: bytes) -> bytes:
    protocol, transport = Answer(), _Written()
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
    return transport.data


def test_every_head_is_answered_however_it_is_cut() -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert answers(head) == ANSWER
    assert answers(head + head) == ANSWER * 2
    assert answers(*(bytes([byte]) for byte in head)) == ANSWER
    assert answers(head + head[:9], head[9:]) == ANSWER * 2


def test_half_a_head_waits() -> None:
    assert answers(b"GET / HTTP/1.1\r\n\r") == b""
