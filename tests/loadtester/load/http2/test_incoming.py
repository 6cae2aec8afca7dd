"""Heads, bodies and trailers in their order, and out of it."""

import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Response
from loadtester.load.http2.blocks import Blocks
from loadtester.load.http2.incoming import Incoming

OK = b"\x88"
OF_FIVE = b"\x88\x5c\x015"
EARLY_HINTS = b"\x08\x03103"
TRAILER = b"\x00\x01x\x01y"


def incoming(cap_bytes: int = 100) -> Incoming:
    return Incoming(Blocks(), cap_bytes)


def test_a_response_in_its_order() -> None:
    coming = incoming()
    coming.block(EARLY_HINTS, ends=False)
    assert coming.head is None
    coming.block(OK, ends=False)
    coming.data(b"..hello..", 2, 7, ends=False)
    coming.data(b"!", 0, 1, ends=False)
    assert not coming.is_whole
    coming.block(TRAILER, ends=True)
    assert coming.response(keep_alive=True) == Response(200, 6, keep_alive=True)
    assert coming.response(keep_alive=False) == Response(200, 6, keep_alive=False)


def test_a_response_as_announced_is_the_one_that_is_remembered() -> None:
    coming, seen = incoming(), []
    for _ in range(2):
        coming.restart()
        coming.block(OF_FIVE, ends=False)
        coming.data(b"hello", 0, 5, ends=True)
        seen.append(coming.response(keep_alive=True))
    assert seen[0] is seen[1]


def test_the_next_one_starts_from_nothing() -> None:
    coming = incoming(5)
    for _ in range(3):
        coming.restart()
        assert coming.head is None
        coming.block(OK, ends=False)
        coming.data(b"hello", 0, 5, ends=True)
        assert coming.is_whole


def test_what_is_out_of_order() -> None:
    with pytest.raises(RequestFailed, match="a body before its head"):
        incoming().data(b"x", 0, 1, ends=False)
    with pytest.raises(RequestFailed, match="unexpected 103"):
        incoming().block(EARLY_HINTS, ends=True)
    coming = incoming()
    coming.block(OK, ends=False)
    with pytest.raises(RequestFailed, match="trailers that do not end it"):
        coming.block(TRAILER, ends=False)


def test_lengths_are_kept_and_capped() -> None:
    short, long, large = incoming(), incoming(), incoming(4)
    short.block(OF_FIVE, ends=False)
    with pytest.raises(RequestFailed, match="shorter"):
        short.data(b"1234", 0, 4, ends=True)
    long.block(OF_FIVE, ends=False)
    with pytest.raises(RequestFailed, match="longer"):
        long.data(b"123456", 0, 6, ends=False)
    with pytest.raises(RequestFailed) as failure:
        large.block(OF_FIVE, ends=False)
    assert failure.value.error_class is ErrorClass.TOO_LARGE
