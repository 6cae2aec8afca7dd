"""The protocol without I/O: against another implementation, by the frame, under fuzz."""

import gzip
from collections.abc import Callable

import h2.connection
import h2.settings
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import MAX_REMEMBERED_RESPONSE_BYTES, Response
from loadtester.load.http1.response import MAX_HEAD_BYTES, MAX_INTERIM_RESPONSES
from loadtester.load.http2 import frames
from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.frames import frame
from loadtester.load.http2.session import ALLOWANCE, Session
from loadtester.load.http2.settings import MAX_CONCURRENT_STREAMS
from loadtester.load.transport.route import Hop
from tests.loadtester.load.http2.talk import (
    CAP,
    GREETING,
    Answer,
    Server,
    data,
    frames_of,
    head,
    hop,
    opened,
    respond,
    take,
)

OK = [(":status", "200"), ("server", "x/1"), ("date", "Mon, 21 Oct 2013 20:13:21 GMT")]
PACKED = gzip.compress(b"canary " * 1000)


def interim(server: h2.connection.H2Connection, stream: int) -> None:
    server.send_headers(stream, [(":status", "103"), ("link", "x")])
    respond([*OK, ("content-length", "5")], b"hello")(server, stream)


def pinged(server: h2.connection.H2Connection, stream: int) -> None:
    server.ping(b"12345678")
    server.update_settings({h2.settings.SettingCodes.HEADER_TABLE_SIZE: 100 * (stream % 3)})
    respond(OK, b"hello")(server, stream)


ANSWERS: dict[str, tuple[Answer, int, int]] = {
    "small": (respond([*OK, ("content-length", "5")], b"hello"), 200, 5),
    "no body": (respond([(":status", "204")]), 204, 0),
    "pieces": (respond(OK, b"a", b"", b"b" * 9000, b""), 200, 9001),
    "large": (respond(OK, b"a" * 16_000, b"b" * 16_000), 200, 32_000),
    "trailers": (respond(OK, b"abc", trailers=[("x-sum", "1")]), 200, 3),
    "long fields": (respond([*OK, *((f"x-{n}", "v" * 3000) for n in range(8))], b"x"), 200, 1),
    "interim": (interim, 200, 5),
    "packed": (respond([*OK, ("content-encoding", "gzip")], PACKED), 200, len(PACKED)),
    "pinged": (pinged, 200, 5),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_requests_of_another_implementation_are_answered(name: str) -> None:
    answer, status, body_bytes = ANSWERS[name]
    session, server, request = Session(CAP), Server(answer), hop()
    for number in range(45):
        [response] = take(session, server.take(session.request(request)))
        assert response == Response(status, body_bytes, keep_alive=True)
        assert len(server.requests) == number + 1
    assert {tuple(fields) for fields, _ in server.requests} == {
        (
            (":method", "GET"),
            (":scheme", "http"),
            (":authority", "127.0.0.1:8080"),
            (":path", "/ping"),
            ("accept-encoding", "gzip"),
        )
    }


@settings(max_examples=60)
@given(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(0, 10**6), max_size=40))
def test_in_any_split_they_are_the_same_responses(name: str, cuts: list[int]) -> None:
    answer, status, body_bytes = ANSWERS[name]
    session, server, request = Session(CAP), Server(answer), hop()
    for _ in range(3):
        sent = server.take(session.request(request))
        assert take(session, sent, cuts) == [Response(status, body_bytes, keep_alive=True)]


@pytest.mark.parametrize("name", ["interim", "trailers", "pinged", "small"])
def test_byte_by_byte(name: str) -> None:
    answer, status, body_bytes = ANSWERS[name]
    session, server, request = Session(CAP), Server(answer), hop()
    for _ in range(3):
        sent = server.take(session.request(request))
        response = take(session, sent, list(range(len(sent))))
        assert response == [Response(status, body_bytes, keep_alive=True)]


@given(
    st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=2),
    st.integers(0, 10**6),
    st.integers(0, 255),
    st.lists(st.integers(0, 10**6), max_size=4),
)
def test_a_spoilt_byte_ends_in_a_class_or_in_waiting_in_any_split(
    names: list[str], place: int, byte: int, cuts: list[int]
) -> None:
    """Whatever comes of the bytes in one piece comes of them in pieces."""

    def outcome(cuts: list[int]) -> tuple[list[Response], str]:
        session, request, responses = Session(CAP), hop(), list[Response]()
        server = Server(lambda h2, stream: ANSWERS[names[stream // 2]][0](h2, stream))
        try:
            for number in range(len(names)):
                sent = bytearray(server.take(session.request(request)))
                if number == len(names) - 1:
                    sent[place % len(sent)] = byte
                responses += take(session, bytes(sent), cuts)
        except RequestFailed as failure:
            return responses[: len(names) - 1], failure.detail
        return responses, str(session.failure)

    assert outcome(cuts)[1] == outcome([])[1]


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_random_bytes_end_in_a_class_or_in_waiting(
    pieces: list[bytes], with_greeting: bool
) -> None:
    session, ended = opened() if with_greeting else Session(CAP), list[ErrorClass]()
    for piece in pieces:
        try:
            session.receive(piece)
        except RequestFailed as failure:
            ended.append(failure.error_class)
            break
    assert set(ended) <= {ErrorClass.PROTOCOL, ErrorClass.EARLY_CLOSE}


FRAMES = st.builds(
    frame,
    st.integers(0, 10),
    st.sampled_from([0, 1, 4, 5, 8, 9, 0x20, 0x2D]),
    st.sampled_from([0, 1, 1, 1, 2, 3, 5]),
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\x88", b"\0\0\0\1", bytes(8), b"\x03\x88\0\0\0", b"\0\3\0\0\0\0"]),
    ),
)


@settings(max_examples=300)
@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(0, 1000), max_size=5))
def test_random_frames_end_in_a_class_or_in_waiting_in_any_split(
    sent: list[bytes], cuts: list[int]
) -> None:
    def outcome(cuts: list[int]) -> str:
        session = opened()
        try:
            take(session, b"".join(sent), cuts)
        except RequestFailed as failure:
            return failure.detail
        return str((session.failure, session.is_done, session.output()))

    assert outcome(cuts) == outcome([])


def violation(session: Session, sent: bytes) -> ErrorCode:
    with pytest.raises(Violation) as refused:
        session.receive(sent)
    assert refused.value.error_class is ErrorClass.PROTOCOL
    return refused.value.code


NUMBER = (1).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (data(1, b""), ErrorCode.PROTOCOL_ERROR),
        (data(0, b""), ErrorCode.PROTOCOL_ERROR),
        (data(3, b""), ErrorCode.PROTOCOL_ERROR),
        (head(2), ErrorCode.PROTOCOL_ERROR),
        (head(1, flags=5) + data(1, b"x"), ErrorCode.STREAM_CLOSED),
        (head(1, flags=5) + head(1, flags=5), ErrorCode.STREAM_CLOSED),
        (head(1) + head(1), ErrorCode.PROTOCOL_ERROR),
        (head(1) + frame(frames.DATA, frames.PADDED, 1, b"\x01"), ErrorCode.PROTOCOL_ERROR),
        (head(1) + frame(frames.DATA, frames.PADDED, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, 0x24, 1, bytes(4)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.HEADERS, 4, 1, b"\xff"), ErrorCode.COMPRESSION_ERROR),
        (head(1, flags=0) + data(1, b""), ErrorCode.PROTOCOL_ERROR),
        (head(1, flags=0) + frame(frames.CONTINUATION, 4, 3, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.CONTINUATION, 4, 1, b"\x88"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PUSH_PROMISE, 4, 1, b"\0\0\0\2\x88"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PRIORITY, 0, 0, bytes(5)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PRIORITY, 0, 1, bytes(4)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.RST_STREAM, 0, 0, NUMBER), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.RST_STREAM, 0, 3, NUMBER), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.RST_STREAM, 0, 1, b"\0"), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.SETTINGS, 0, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 1, 0, bytes(6)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.SETTINGS, 0, 0, bytes(5)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.SETTINGS, 0, 0, b"\0\4\x80\0\0\0"), ErrorCode.FLOW_CONTROL_ERROR),
        (frame(frames.PING, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PING, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.GOAWAY, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.GOAWAY, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 1, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"), ErrorCode.FLOW_CONTROL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 1, b"\x7f\xff\xff\xff"), ErrorCode.FLOW_CONTROL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 3, NUMBER), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, b"\0\0\1"), ErrorCode.FRAME_SIZE_ERROR),
        (b"\x00\x40\x01\x00\x00\x00\x00\x00\x01", ErrorCode.FRAME_SIZE_ERROR),
        (head(1, status="101"), ErrorCode.PROTOCOL_ERROR),
        (head(1, status="100", flags=5), ErrorCode.PROTOCOL_ERROR),
        (head(1, ("content-length", "3")) + data(1, b"12"), ErrorCode.PROTOCOL_ERROR),
        (head(1, ("content-length", "3")) + data(1, b"1234"), ErrorCode.PROTOCOL_ERROR),
        (head(1, ("content-length", "3"), flags=5), ErrorCode.PROTOCOL_ERROR),
        (head(1, status="204") + data(1, b"x"), ErrorCode.PROTOCOL_ERROR),
        (head(1) + head(1, ("x", "y"), flags=5), ErrorCode.PROTOCOL_ERROR),
    ],
)
def test_rules_that_a_server_may_break(sent: bytes, code: ErrorCode) -> None:
    assert violation(opened(), sent) is code


@pytest.mark.parametrize(
    "sent",
    [
        frame(frames.PRIORITY, 0, 1, bytes(5)),
        frame(frames.PRIORITY, 0, 7, bytes(5)),
        frame(10, 0xFF, 99, b"an extension"),
        frame(frames.SETTINGS, 0, 0, b"\x77\x77\0\0\0\1"),
        frame(frames.SETTINGS, frames.ACK, 0, b""),
        frame(frames.PING, frames.ACK, 0, bytes(8)),
        frame(frames.WINDOW_UPDATE, 0, 1, NUMBER),
        frame(frames.DATA, frames.PADDED, 1, b"\x02\0\0"),
    ],
)
def test_what_says_nothing_is_left_alone(sent: bytes) -> None:
    session = opened()
    assert take(session, head(1) + sent + data(1, b"hi")) == [Response(200, 2, keep_alive=True)]


def test_a_reset_or_an_update_of_a_closed_stream_is_left_alone() -> None:
    session = opened()
    reset = frame(frames.RST_STREAM, 0, 1, bytes(4))
    assert len(take(session, head(1, flags=5) + reset)) == 1
    session.request(hop())
    late = frame(frames.WINDOW_UPDATE, 0, 1, NUMBER) + reset
    assert take(session, late + head(3, flags=5)) == [Response(200, 0, keep_alive=True)]


def test_padding_and_priority_are_no_content() -> None:
    block = head(1)[9:]
    padded = frame(frames.HEADERS, 0x2C, 1, b"\x03" + bytes(5) + block + bytes(3))
    body = frame(frames.DATA, 0x09, 1, b"\x02hello\0\0")
    assert take(opened(), padded + body) == [Response(200, 5, keep_alive=True)]


def test_pings_and_settings_are_acknowledged_together() -> None:
    session = opened()
    ping = frame(frames.PING, 0, 0, b"12345678")
    assert session.receive(ping + GREETING + ping) is None
    assert [(kind, flags, payload) for kind, flags, _, payload in frames_of(session.output())] == [
        (frames.PING, frames.ACK, b"12345678"),
        (frames.SETTINGS, frames.ACK, b""),
        (frames.PING, frames.ACK, b"12345678"),
    ]


def test_what_waits_goes_along_with_the_next_request() -> None:
    session = opened()
    assert take(session, GREETING + head(1, flags=5))
    kinds = [kind for kind, _, _, _ in frames_of(session.request(hop()))]
    assert kinds == [frames.SETTINGS, frames.HEADERS]
    assert not session.has_output


def test_a_request_is_a_few_bytes_once_it_is_known() -> None:
    session, request = opened(), hop()
    sizes = []
    for stream in (1, 3, 5):
        assert take(session, head(stream, flags=5))
        sizes.append(len(session.request(request)))
    assert sizes == [14, 14, 14]


@pytest.mark.parametrize("status", ["200", "204", "304"])
def test_responses_without_a_body(status: str) -> None:
    session = opened(hop("HEAD" if status == "200" else "GET"))
    sent = head(1, ("content-length", "5"), status=status, flags=5)
    assert take(session, sent) == [Response(int(status), 0, keep_alive=True)]


def test_a_body_to_head_is_refused() -> None:
    assert violation(opened(hop("HEAD")), head(1) + data(1, b"x")) is ErrorCode.PROTOCOL_ERROR


def test_where_a_redirect_points() -> None:
    [response] = take(opened(), head(1, ("location", "/b"), status="302", flags=5))
    assert response == Response(302, 0, keep_alive=True, location="/b")
    [response] = take(opened(), head(1, ("location", "/b"), flags=5))
    assert response.location is None


def failed(session: Session, sent: bytes) -> ErrorClass:
    with pytest.raises(RequestFailed) as failure:
        session.receive(sent)
    return failure.value.error_class


def test_bodies_beyond_the_cap_are_refused_announced_or_not() -> None:
    assert failed(opened(cap=4), head(1) + data(1, b"12345")) is ErrorClass.TOO_LARGE
    assert failed(opened(cap=4), head(1, ("content-length", "5"))) is ErrorClass.TOO_LARGE
    assert take(opened(cap=5), head(1) + data(1, b"12345"))


def test_a_packed_body_must_be_whole() -> None:
    packed = head(1, ("content-encoding", "gzip"))
    assert failed(opened(), packed + data(1, PACKED[:-1])) is ErrorClass.TRUNCATED
    assert failed(opened(), packed + data(1, b"not gzip")) is ErrorClass.PROTOCOL


def test_a_reset_fails_the_request_and_spares_the_connection() -> None:
    session = opened()
    reset = frame(frames.RST_STREAM, 0, 1, ErrorCode.REFUSED_STREAM.to_bytes(4, "big"))
    assert session.receive(head(1) + reset) is None
    assert session.failure is not None
    assert session.failure.error_class is ErrorClass.RESET
    assert session.failure.detail == "stream error: REFUSED_STREAM; received from peer"
    assert not session.is_done
    again = session.request(hop())
    assert [stream for _, _, stream, _ in frames_of(again)] == [3]
    assert take(session, head(3, flags=5)) == [Response(200, 0, keep_alive=True)]


def goaway(last: int, code: int = 0) -> bytes:
    return frame(frames.GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big"))


def test_a_stream_that_goaway_spares_is_answered_and_the_last() -> None:
    session = opened()
    assert session.receive(goaway(1)) is None
    assert take(session, head(1) + data(1, b"x")) == [Response(200, 1, keep_alive=False)]


def test_a_stream_beyond_goaway_is_given_up() -> None:
    session = opened()
    with pytest.raises(RequestFailed, match="GOAWAY; ENHANCE_YOUR_CALM") as failure:
        session.receive(goaway(0, ErrorCode.ENHANCE_YOUR_CALM))
    assert failure.value.error_class is ErrorClass.EARLY_CLOSE
    assert not session.begun


@pytest.mark.parametrize(
    ("sent", "error_class"),
    [
        (b"", ErrorClass.EARLY_CLOSE),
        (GREETING, ErrorClass.EARLY_CLOSE),
        (head(1)[:9], ErrorClass.TRUNCATED),
        (head(1), ErrorClass.TRUNCATED),
    ],
)
def test_an_end_before_the_response_is_told_from_one_within(
    sent: bytes, error_class: ErrorClass
) -> None:
    session = opened()
    if sent:
        session.receive(sent)
    with pytest.raises(RequestFailed, match="unexpected EOF") as failure:
        session.eof()
    assert failure.value.error_class is error_class


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0-x\r\n", data(1, b"")])
def test_who_does_not_greet_does_not_speak_it(said: bytes) -> None:
    session = Session(CAP)
    session.request(hop())
    with pytest.raises(Violation, match="does not speak HTTP/2"):
        session.receive(said)


FLOODS: dict[str, Callable[[int], bytes]] = {
    "ping": lambda n: frame(frames.PING, 0, 0, bytes(8)),
    "settings": lambda n: GREETING,
    "priority": lambda n: frame(frames.PRIORITY, 0, 1, bytes(5)),
    "extension": lambda n: frame(0xBE, 0, 0, b""),
    "empty data": lambda n: data(1, b"", 0) if n else head(1),
    "padding": lambda n: frame(0, frames.PADDED, 1, b"\x00") if n else head(1),
    "updates": lambda n: frame(frames.WINDOW_UPDATE, 0, 0, NUMBER),
    "continuation": lambda n: frame(frames.CONTINUATION, 0, 1, b"") if n else head(1, flags=0),
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_are_cut_off(name: str) -> None:
    session, make = opened(), FLOODS[name]
    for number in range(ALLOWANCE - 1):  # the greeting was one
        session.receive(make(number))
    with pytest.raises(Violation, match="say nothing") as refused:
        session.receive(make(1) * 3)
    assert refused.value.code is ErrorCode.ENHANCE_YOUR_CALM


def test_interim_responses_are_bounded() -> None:
    session = opened()
    session.receive(head(1, status="103") * MAX_INTERIM_RESPONSES)
    assert violation(session, head(1, status="103")) is ErrorCode.PROTOCOL_ERROR


def test_header_blocks_are_bounded() -> None:
    session = opened()
    session.receive(frame(frames.HEADERS, 0, 1, bytes(16_000)))
    more = frame(frames.CONTINUATION, 0, 1, bytes(16_000))
    for _ in range(MAX_HEAD_BYTES // 16_000 - 1):
        session.receive(more)
    with pytest.raises(Violation, match="a header block of more than"):
        session.receive(more)


def test_a_response_renews_the_allowance() -> None:
    session, request = opened(), hop()
    ping = frame(frames.PING, frames.ACK, 0, bytes(8))
    for number in range(3):
        for _ in range(ALLOWANCE // 2):
            session.receive(ping)
        assert take(session, head(2 * number + 1, flags=5))
        session.request(request)


def one_setting(name: int, value: int) -> bytes:
    return frame(frames.SETTINGS, 0, 0, name.to_bytes(2, "big") + value.to_bytes(4, "big"))


def test_a_request_waits_while_no_stream_is_wanted() -> None:
    session = opened()
    assert take(session, one_setting(MAX_CONCURRENT_STREAMS, 0) + head(1, flags=5))
    session.output()
    assert session.request(hop()) == b""
    states = [session.is_writing]
    assert session.receive(one_setting(MAX_CONCURRENT_STREAMS, 1)) is None
    kinds = [(kind, stream) for kind, _, stream, _ in frames_of(session.output())]
    assert kinds == [(frames.SETTINGS, 0), (frames.HEADERS, 3)]
    assert [*states, session.is_writing] == [True, False]
    assert take(session, head(3, flags=5))


def test_a_request_that_waits_when_the_server_leaves_is_given_up() -> None:
    session = opened()
    take(session, one_setting(MAX_CONCURRENT_STREAMS, 0) + head(1, flags=5))
    session.request(hop())
    assert failed(session, goaway(1)) is ErrorClass.EARLY_CLOSE


BODY = bytes(range(256)) * 1000


def test_a_body_larger_than_the_windows_is_sent_as_they_open() -> None:
    session, server = Session(CAP), Server(respond(OK, b"thanks"))
    assert exchange(session, server, hop("POST", BODY)) == Response(200, 6, keep_alive=True)
    assert [body for _, body in server.requests] == [BODY]


def exchange(session: Session, server: Server, request: Hop) -> Response:
    """One request, written as the windows open."""
    sent = session.request(request)
    while sent:
        for response in take(session, server.take(sent)):
            return response
        sent = session.output()
    raise AssertionError("both sides wait")


@pytest.mark.parametrize("size", [1, 1000, 20_000, 65_535])
def test_a_body_again_and_again(size: int) -> None:
    session, server, request = Session(CAP), Server(respond(OK, b"x")), hop("POST", BODY[:size])
    for _ in range(10):
        assert exchange(session, server, request).status == 200
    assert [body for _, body in server.requests] == [BODY[:size]] * 10


def test_a_response_before_the_end_of_its_request_cuts_that_off() -> None:
    session = opened(hop("POST", BODY))
    states = [session.is_writing]
    assert take(session, head(1, flags=5)) == [Response(200, 0, keep_alive=True)]
    [(kind, _, stream, code)] = frames_of(session.output())
    assert (kind, stream, code) == (frames.RST_STREAM, 1, ErrorCode.CANCEL.to_bytes(4, "big"))
    assert [*states, session.is_writing] == [True, False]


def test_a_window_that_shrinks_below_nothing_opens_again() -> None:
    session = opened(hop("POST", BODY))
    session.receive(one_setting(4, 0))  # the stream's window is -65,535 by now
    session.receive(frame(frames.WINDOW_UPDATE, 0, 0, (10**6).to_bytes(4, "big")))
    session.output()
    session.receive(frame(frames.WINDOW_UPDATE, 0, 1, (65_535).to_bytes(4, "big")))
    assert not session.has_output
    session.receive(frame(frames.WINDOW_UPDATE, 0, 1, (10).to_bytes(4, "big")))
    [(kind, _, _, payload)] = frames_of(session.output())
    assert (kind, payload) == (frames.DATA, BODY[65_535:65_545])


def test_the_peers_frame_size_is_kept() -> None:
    session = opened()
    session.receive(one_setting(5, 20_000) + head(1, flags=5))
    sizes = [len(p) for k, _, _, p in frames_of(session.request(hop("POST", BODY))) if k == 0]
    assert sizes == [20_000, 20_000, 20_000, 5_535]


def test_windows_are_widened_before_they_are_half_used_up() -> None:
    session, sent = opened(cap=1 << 32), 0
    session.receive(head(1))
    chunk = data(1, bytes(16_384), 0) * 512
    updates = list[tuple[int, int]]()
    for _ in range(130):
        session.receive(chunk)
        sent += 512 * 16_384
        for kind, _, stream, payload in frames_of(session.output()):
            assert kind == frames.WINDOW_UPDATE
            updates.append((stream, int.from_bytes(payload, "big")))
            assert sent - updates[-1][1] < 16_384
    assert [stream for stream, _ in updates] == [0, 1]


def test_the_last_stream_there_is_ends_the_connection() -> None:
    session, request = opened(), hop()
    assert take(session, head(1, flags=5))
    session.request(request)
    assert take(session, head(3, flags=5))
    session._next_stream = frames.MAX_STREAM
    session.request(request)
    [response] = take(session, head(frames.MAX_STREAM, flags=5))
    assert not response.keep_alive
    assert session.is_done


def test_a_remembered_response_is_one_only_while_the_table_is_the_same() -> None:
    """`be` is whatever was added last: the same bytes may say something else later."""
    session, request = opened(), hop()
    added = frame(frames.HEADERS, 5, 1, b"\x88\x40\x08location\x02/a")
    assert take(session, added)
    again = b"\x48\x03302\xbf"  # :status 302 is added, and location: /a stands behind it
    seen = []
    for stream in (3, 5, 7, 9):
        session.request(request)
        seen += take(session, frame(frames.HEADERS, 5, stream, again))
        again = b"\xbe\xbf" if stream < 7 else b"\x48\x03303\xc0"
    assert [(r.status, r.location) for r in seen] == [(302, "/a")] * 3 + [(303, "/a")]
    session.request(request)
    assert take(session, frame(frames.HEADERS, 5, 11, b"\xbe\xc0")) == [
        Response(303, 0, keep_alive=True, location="/a")
    ]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=30))
def test_what_is_remembered_changes_no_response(order: list[tuple[int, int]]) -> None:
    """Servers that index, with responses and dates that take turns, against what they meant."""
    request, meant = hop(), list[tuple[int, str | None, int]]()

    def answer(server: h2.connection.H2Connection, stream: int) -> None:
        which, date = order[stream // 2]
        status, location = (("200", None), ("302", "/a"), ("302", "/b"))[which]
        fields = [(":status", status), ("date", f"day {date}"), ("x-long", f"{which}" * 700)]
        respond([*fields, *([("location", location)] if location else [])], b"x" * date)(
            server, stream
        )
        meant.append((int(status), location, date))

    session, server = Session(CAP), Server(answer)
    responses = [exchange(session, server, request) for _ in order]
    assert [(r.status, r.location, r.body_bytes) for r in responses] == meant


def test_large_responses_are_not_remembered() -> None:
    session, request = opened(), hop()
    for stream in (1, 3, 5):
        assert take(session, head(stream) + data(stream, bytes(MAX_REMEMBERED_RESPONSE_BYTES)))
        assert session._repeated.size_bytes == 0
        session.request(request)


def test_what_is_remembered_for_one_method_is_not_for_another() -> None:
    session = opened(hop("HEAD"))
    sent = head(1, ("content-length", "5"), flags=5)
    assert take(session, sent)
    session.request(hop("GET"))
    assert violation(session, head(3, ("content-length", "5"), flags=5))
