"""Servers that send anything at all: every request ends, in a class, and nothing else happens.

A defect in the parsing of remote bytes would end the run by its exception (see `Engine`), and a
worker that waits for ever would hit the time limit of the test.
"""

import random
import socket
from collections.abc import Callable, Iterable

import h2.config
import h2.connection
import pytest
from hpack import Encoder

from loadtester.load.plan import Transport
from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import raw_server

REQUESTS = 80
LOCATIONS = ("http://%zz/", "http://[", "/x", "http://\xe4" + "a" * 80, "gopher://x/", "")
STATUSES = ("200", "", "abc", "99999", "\u0661\u0661\u0661", "-10", "2 0", "100", "103", "302")
ENCODINGS = ("chunked", "gzip", "identity, chunked", "Chunked ")


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


def odd_frame(draw: random.Random, last: int, encoder: Encoder) -> bytes:
    """One frame, about the last stream as a rule, with values that are at or past an edge."""
    stream = draw.choice([last] * 6 + [0, 2, last + 2, draw.getrandbits(31)])
    number = draw.choice([0, 1, 2**31 - 1, draw.getrandbits(32)]).to_bytes(4, "big")
    fields = [(":status", draw.choice(STATUSES)), ("location", draw.choice(LOCATIONS))]
    kind = draw.randrange(10)
    if kind < 2:
        return frame(0, draw.choice([0, 1, 8, 9]), stream, draw.randbytes(draw.randrange(30)))
    if kind < 4:
        return frame(1, draw.choice([0, 1, 4, 5, 0x24, 0x2C]), stream, encoder.encode(fields))
    payloads = {
        4: (3, stream, number),
        5: (4, 0, draw.randrange(9).to_bytes(2, "big") + number),
        6: (7, 0, number + number),
        7: (8, stream, number),
        8: (9, stream, encoder.encode(fields)),
        9: (draw.randrange(12), stream, draw.randbytes(draw.randrange(60))),
    }
    number_of_kind, where, payload = payloads[kind]
    return frame(number_of_kind, draw.choice([0, 1, 4]), where, payload)


def odd_http2(draw: random.Random, last: int) -> bytes:
    encoder = Encoder()
    if draw.random() < 0.4:
        head = encoder.encode([(":status", "200")])
        return frame(1, 4, last, head) + frame(0, 1, last, b"hi")
    return b"".join(odd_frame(draw, last, encoder) for _ in range(draw.randrange(1, 6)))


def odd_http1(draw: random.Random) -> bytes:
    head = f"HTTP/1.{draw.choice('0112')} {draw.choice(STATUSES[:6] + ('200',) * 9)} x\r\n"
    names = ("Content-Length", "Transfer-Encoding", "Location", "Connection", "Content-Encoding")
    for _ in range(draw.randrange(4)):
        values = (str(draw.randrange(9)), *ENCODINGS, *LOCATIONS[:4], "close", "\r\n 5", "5, 5")
        head += f"{draw.choice(names)}: {draw.choice(values)}\r\n"
    bodies = (
        b"",
        b"hello",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"0\r\nx: y\r\n\r\n",
        b"zz\r\n",
        b"\x1f\x8b\x08",
    )
    return head.encode("utf-8") + b"\r\n" + draw.choice(bodies)


def spoilt(draw: random.Random, data: bytes, share: float) -> bytes:
    """A few bytes of it changed, now and then."""
    if draw.random() >= share or not data:
        return data
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 4)):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def streams_of(data: bytes) -> Iterable[int]:
    """The streams whose headers are in what a client sent at once."""
    data = data.removeprefix(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    while len(data) >= 9:
        if data[3] == 1:
            yield int.from_bytes(data[5:9], "big")
        data = data[9 + int.from_bytes(data[:3], "big") :]


@pytest.mark.parametrize("seed", range(6))
def test_random_http2_servers(seed: int) -> None:
    draw = random.Random(seed)

    def talk(connection: socket.socket) -> None:
        settings = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        settings.initiate_connection()
        greeting = settings.data_to_send()
        while data := connection.recv(65_536):
            for last in streams_of(data):
                connection.sendall(greeting + spoilt(draw, odd_http2(draw, last), 0.2))
                greeting = b""
            if draw.random() < 0.05:
                return

    check(talk, Transport(timeout_s=0.2, http2=True), draw.choice([b"", bytes(100_000)]))


@pytest.mark.parametrize("seed", range(6))
def test_random_http1_servers(seed: int) -> None:
    draw = random.Random(seed)

    def talk(connection: socket.socket) -> None:
        while connection.recv(65_536):
            connection.sendall(spoilt(draw, odd_http1(draw), 0.3))
            if draw.random() < 0.3:
                return

    check(talk, Transport(timeout_s=0.2), draw.choice([b"", bytes(100_000)]))


def check(talk: Callable[[socket.socket], None], transport: Transport, body: bytes) -> None:
    with raw_server(talk) as port:
        request = {"method": "POST" if body else "GET", "body": body}
        url = f"http://127.0.0.1:{port}/"
        plan = closed(url, requests=REQUESTS, connections=8, transport=transport, request=request)
        result = run_blocking(plan)
    assert result.counts.check()
    assert result.counts.completed + result.counts.errors == REQUESTS
    assert result.counts.errors
