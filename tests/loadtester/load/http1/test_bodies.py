import gzip

import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.bodies import Gunzip, body_for
from loadtester.load.http1.heads import CHUNKED, UNTIL_CLOSE, Head, Response

RESPONSE = Response(200, 0, keep_alive=True)


def test_a_sized_body_takes_its_bytes_and_leaves_the_rest() -> None:
    body, buffer = body_for(Head(RESPONSE, 5), 100), bytearray(b"hel")
    assert not body.take(buffer)
    buffer += b"lo, more"
    assert body.take(buffer)
    assert (body.size_bytes, bytes(buffer)) == (5, b", more")


def test_a_body_of_nothing_is_whole_at_once() -> None:
    assert body_for(Head(RESPONSE, 0), 100).take(bytearray(b"rest"))


def test_a_chunked_body_counts_its_data_and_leaves_the_rest() -> None:
    body = body_for(Head(RESPONSE, CHUNKED), 100)
    buffer = bytearray(b"3\r\nabc\r\n10;x\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\nrest")
    assert body.take(buffer)
    assert (body.size_bytes, bytes(buffer)) == (19, b"rest")


def test_a_body_until_close_is_never_whole_by_itself() -> None:
    body, buffer = body_for(Head(RESPONSE, UNTIL_CLOSE), 100), bytearray(b"abc")
    assert not body.take(buffer)
    assert (body.size_bytes, bytes(buffer)) == (3, b"")


def test_several_gzip_members_are_one_body() -> None:
    check = Gunzip(1000)
    for byte in gzip.compress(b"one") + gzip.compress(b"two"):
        check.feed(bytes([byte]))
    check.finish()


def test_a_gzip_body_may_be_empty_but_not_half() -> None:
    empty = body_for(Head(RESPONSE, CHUNKED, gzip=True), 100)
    assert empty.take(bytearray(b"0\r\n\r\n"))
    empty.finish()
    half = body_for(Head(RESPONSE, 5, gzip=True), 100)
    assert half.take(bytearray(gzip.compress(b"x")[:5]))
    with pytest.raises(RequestFailed) as failed:
        half.finish()
    assert failed.value.error_class is ErrorClass.TRUNCATED
