"""The reader on examples, in any split, and under fuzz."""

import gzip
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Heads, Response
from loadtester.load.http1.response import MAX_HEAD_BYTES, ResponseReader

CAP = 1 << 20
OK = b"HTTP/1.1 200 OK\r\n"
SIZED = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = (
    OK + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5;x=1\r\nhello\r\nA\r\n, canary!!\r\n0\r\nTrailer: x\r\n\r\n"
)
LF_ONLY = b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nhi\n0\n\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + SIZED
PACKED = gzip.compress(b"canary " * 1000)
GZIP = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
WHOLE = [SIZED, CHUNKED, LF_ONLY, INTERIM, GZIP, NO_CONTENT]


def reader(*, to_head_request: bool = False, cap: int = CAP) -> ResponseReader:
    return ResponseReader(Heads(to_head_request=to_head_request), cap)


def read(data: bytes, cuts: list[int] | None = None, *, close: bool = False) -> Response | None:
    """Feed `data` in pieces until a response comes; then, with `close`, the end."""
    incoming = reader()
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts or []), len(data)]
    response = None
    for low, high in pairwise(edges):
        if low < high:
            assert response is None
            response = incoming.feed(data[low:high])
    return incoming.eof() if response is None and close else response


def error_class(data: bytes, *, cap: int = CAP) -> ErrorClass:
    incoming = reader(cap=cap)
    with pytest.raises(RequestFailed) as failed:
        incoming.feed(data)
    return failed.value.error_class


@pytest.mark.parametrize(
    ("data", "status", "body_bytes"),
    [
        (SIZED, 200, 5),
        (CHUNKED, 200, 15),
        (LF_ONLY, 200, 2),
        (INTERIM, 200, 5),
        (GZIP, 200, len(PACKED)),
        (NO_CONTENT, 204, 0),
    ],
)
def test_a_whole_response_is_found(data: bytes, status: int, body_bytes: int) -> None:
    response = read(data)
    assert response is not None
    assert (response.status, response.body_bytes, response.keep_alive) == (status, body_bytes, True)


@given(st.sampled_from(WHOLE), st.lists(st.integers(0, 10_000), max_size=30))
def test_in_any_split_it_is_the_same_response(data: bytes, cuts: list[int]) -> None:
    assert read(data, cuts) == read(data)


def test_responses_follow_each_other_on_one_connection() -> None:
    incoming = reader()
    for data in WHOLE * 3:
        response = incoming.feed(data)
        assert response is not None
        assert not incoming.started


def test_a_body_until_close_ends_with_the_connection() -> None:
    response = read(OK + b"\r\nabc", close=True)
    assert response == Response(200, 3, keep_alive=False)


def test_a_response_to_head_announces_a_body_that_never_comes() -> None:
    response = reader(to_head_request=True).feed(OK + b"Content-Length: 5\r\n\r\n")
    assert response is not None
    assert response.body_bytes == 0


@pytest.mark.parametrize("cut", range(len(CHUNKED)))
def test_a_connection_that_ends_early_is_told_apart_from_one_cut_off(cut: int) -> None:
    expected = ErrorClass.TRUNCATED if cut else ErrorClass.EARLY_CLOSE
    incoming = reader()
    if cut:
        assert incoming.feed(CHUNKED[:cut]) is None
    with pytest.raises(RequestFailed) as failed:
        incoming.eof()
    assert failed.value.error_class is expected


def test_an_early_end_after_a_good_response_is_an_idle_close() -> None:
    incoming = reader()
    incoming.feed(SIZED)
    with pytest.raises(RequestFailed) as failed:
        incoming.eof()
    assert failed.value.error_class is ErrorClass.EARLY_CLOSE


@pytest.mark.parametrize("data", WHOLE)
def test_garbage_after_a_response_is_refused(data: bytes) -> None:
    assert error_class(data + b"x") is ErrorClass.PROTOCOL
    assert error_class(data + data) is ErrorClass.PROTOCOL


def test_garbage_is_refused_on_the_fast_path_too() -> None:
    incoming = reader()
    incoming.feed(SIZED)
    with pytest.raises(RequestFailed):
        incoming.feed(SIZED + SIZED)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 200,
        OK + b"X: " + b"y" * MAX_HEAD_BYTES + b"y",
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 20_000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nnonsense\r\n\r\n",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    ],
)
def test_what_is_not_http_is_a_protocol_error(data: bytes) -> None:
    assert error_class(data) is ErrorClass.PROTOCOL


def test_a_gzipped_body_that_stops_inside_is_truncated() -> None:
    half = PACKED[: len(PACKED) // 2]
    data = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(half) + half
    assert error_class(data) is ErrorClass.TRUNCATED


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 101\r\n\r\n" + b"x" * 101,
        b"Transfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101,
        b"\r\n" + b"x" * 101,
    ],
)
def test_a_body_above_the_cap_is_too_large(framing: bytes) -> None:
    assert error_class(OK + framing, cap=100) is ErrorClass.TOO_LARGE


def test_a_bomb_is_too_large() -> None:
    bomb = gzip.compress(bytes(10 << 20))
    data = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    assert error_class(data) is ErrorClass.TOO_LARGE


def mutate(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Replace `length` bytes at `place` by others, several times over."""
    for place, length, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + length :]
    return data


pieces = st.sampled_from(
    [b"\r\n", b"\n", b"\0", b": ", b"Content-Length: 3\r\n", b"0\r\n\r\n", b"HTTP/1.1 ", b"ffff"]
)
changes = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 20), pieces | st.binary(max_size=8)),
    max_size=6,
)


@given(
    st.binary(max_size=400) | st.builds(mutate, st.sampled_from(WHOLE), changes),
    st.lists(st.integers(0, 10_000), max_size=10),
)
@example(b"HTTP/1.1 200 OK\r\n\r\n", [17])
def test_any_bytes_end_in_a_response_or_in_a_class_of_error(data: bytes, cuts: list[int]) -> None:
    incoming = reader()
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    outcome: Response | ErrorClass | None = None
    try:
        for low, high in pairwise(edges):
            if low < high and outcome is None:
                outcome = incoming.feed(data[low:high])
        outcome = outcome or incoming.eof()
    except RequestFailed as failure:
        outcome = failure.error_class if "\n" not in failure.detail else None
    assert isinstance(outcome, Response | ErrorClass)


@given(st.builds(mutate, st.sampled_from(WHOLE), changes))
def test_mutated_bytes_mean_the_same_whole_or_byte_by_byte(data: bytes) -> None:
    def outcome(step: int) -> tuple[int, int] | ErrorClass | None:
        incoming = reader()
        try:
            for at in range(0, len(data), step):
                response = incoming.feed(data[at : at + step])
                if response is not None:
                    rest = data[at + step :]
                    return ErrorClass.PROTOCOL if rest else (response.status, response.body_bytes)
        except RequestFailed as failure:
            return failure.error_class
        return None

    assert outcome(len(data) or 1) == outcome(1)
