"""The other side of a session, in the same thread: raw frames, and a server of the `h2` package."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import h2.config
import h2.connection
import h2.events
from hpack import Encoder

from loadtester.load.http1.heads import Response
from loadtester.load.http2 import frames
from loadtester.load.http2.frames import frame
from loadtester.load.http2.session import Session
from loadtester.load.plan import RequestSpec, Transport
from loadtester.load.transport.route import Hop, Router

CAP = 1 << 20
GREETING = frame(frames.SETTINGS, 0, 0, b"")
Fields = list[tuple[str, str]]
Answer = Callable[[h2.connection.H2Connection, int], None]


def hop(method: str = "GET", body: bytes = b"") -> Hop:
    """A request as the router makes them."""
    request = RequestSpec("http://127.0.0.1:8080/ping", method=method, body=body)
    return Router(request, Transport()).first


def opened(request: Hop | None = None, cap: int = CAP) -> Session:
    """A session with a request on stream 1 and the server's greeting taken in."""
    session = Session(cap)
    session.request(request or hop())
    assert session.receive(GREETING) is None
    session.output()
    return session


def head(stream: int, *fields: tuple[str, str], status: str = "200", flags: int = 4) -> bytes:
    """HEADERS by an encoder that keeps nothing."""
    said = [(":status", status), *fields]
    block = Encoder().encode([(name, value, True) for name, value in said])
    return frame(frames.HEADERS, flags, stream, block)


def data(stream: int, body: bytes, flags: int = frames.END_STREAM) -> bytes:
    """DATA."""
    return frame(frames.DATA, flags, stream, body)


def take(session: Session, stream: bytes, cuts: list[int] | None = None) -> list[Response]:
    """Feed bytes, cut so, and say what responses come of them."""
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts or []), len(stream)]
    taken = [session.receive(stream[low:high]) for low, high in pairwise(edges) if low < high]
    return [response for response in taken if response is not None]


def frames_of(sent: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Kind, flags, stream and payload of each frame in what a client wrote."""
    rest = sent.removeprefix(frames.PREFACE)
    while rest:
        size = int.from_bytes(rest[:3], "big")
        yield rest[3], rest[4], int.from_bytes(rest[5:9], "big"), rest[9 : 9 + size]
        rest = rest[9 + size :]


class Server:
    """Takes what a session writes; `answer` is called for every request that is whole."""

    def __init__(self, answer: Answer) -> None:
        config = h2.config.H2Configuration(client_side=False, header_encoding="latin-1")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.requests: list[tuple[Fields, bytes]] = []
        self.resets: list[int] = []
        self._answer = answer
        self._bodies: dict[int, bytes] = {}
        self._fields: dict[int, Fields] = {}

    def take(self, sent: bytes) -> bytes:
        """What it writes back."""
        for event in self.h2.receive_data(sent):
            if isinstance(event, h2.events.RequestReceived):
                self._fields[event.stream_id] = [(str(n), str(v)) for n, v in event.headers]
                self._bodies[event.stream_id] = b""
            elif isinstance(event, h2.events.DataReceived):
                self._bodies[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                stream = event.stream_id
                self.requests.append((self._fields.pop(stream), self._bodies.pop(stream)))
                self._answer(self.h2, stream)
            elif isinstance(event, h2.events.StreamReset):
                self.resets.append(event.stream_id)
        return self.h2.data_to_send()


def respond(fields: Fields, *pieces: bytes, trailers: Fields | None = None) -> Answer:
    """A response of these fields, this body in these pieces, and maybe trailers."""

    def answer(server: h2.connection.H2Connection, stream: int) -> None:
        server.send_headers(stream, fields, end_stream=not pieces and trailers is None)
        for number, piece in enumerate(pieces):
            is_last = number == len(pieces) - 1 and trailers is None
            server.send_data(stream, piece, end_stream=is_last)
        if trailers is not None:
            server.send_headers(stream, trailers, end_stream=True)

    return answer
