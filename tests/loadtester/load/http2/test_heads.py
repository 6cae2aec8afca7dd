"""Which fields make a response, and what they announce."""

import pytest

from loadtester.load.http1.heads import UNTIL_CLOSE, Response
from loadtester.load.http2.errors import Violation
from loadtester.load.http2.heads import check_trailers, request_fields, response_head
from loadtester.load.plan import RequestSpec, Transport
from loadtester.load.transport.route import message_of

OK = (b":status", b"200")


def test_requests_say_nothing_of_their_connection() -> None:
    headers = (("X-Kept", "é"), ("TE", "trailers"), ("Upgrade", "x"), ("Host", "a:1"))
    spec = RequestSpec("http://b/c?d=e", headers=headers, method="PUT", body=b"xy")
    message = message_of(spec, Transport(keep_alive=False, compression=False), None)
    assert request_fields(message) == [
        (b":method", b"PUT"),
        (b":scheme", b"http"),
        (b":authority", b"a:1"),
        (b":path", b"/c?d=e"),
        (b"content-length", b"2"),
        (b"x-kept", "é".encode()),
    ]


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ([], UNTIL_CLOSE),
        ([(b"content-length", b"7")], 7),
        ([(b"content-length", b"7, 7"), (b"content-length", b"7")], 7),
    ],
)
def test_the_length_that_is_announced(fields: list[tuple[bytes, bytes]], length: int) -> None:
    head = response_head([OK, *fields], to_head_request=False)
    assert head.length == length
    assert head.response == Response(200, max(length, 0), keep_alive=True)
    assert response_head([OK, *fields], to_head_request=True).length == 0
    assert response_head([(b":status", b"304"), *fields], to_head_request=False).length == 0


def test_a_packed_body_is_one_that_has_a_body() -> None:
    packed = (b"content-encoding", b"GZIP")
    assert response_head([OK, packed], to_head_request=False).gzip
    assert not response_head([OK, packed], to_head_request=True).gzip


def test_only_redirects_point_somewhere() -> None:
    where = (b"location", b"/\xe4")
    head = response_head([(b":status", b"307"), where], to_head_request=False)
    assert head.response.location == "/\xe4"
    assert response_head([OK, where], to_head_request=False).response.location is None


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"x", b"y"), OK],
        [OK, OK],
        [OK, (b":path", b"/")],
        [(b":status", b"")],
        [(b":status", b"0200")],
        [(b":status", b"099")],
        [(b":status", b"20\n")],
        [(b":status", "\u0661\u0661\u0661".encode())],
        [OK, (b"", b"x")],
        [OK, (b"X-Upper", b"x")],
        [OK, (b"a b", b"x")],
        [OK, (b"a\0b", b"x")],
        [OK, (b"a", b"x\ny: z")],
        [OK, (b"a", b"x\0y")],
        [OK, (b"a", b" x")],
        [OK, (b"a", b"x\t")],
        [OK, (b"connection", b"close")],
        [OK, (b"transfer-encoding", b"chunked")],
        [OK, (b"content-length", b"1"), (b"content-length", b"2")],
        [OK, (b"content-length", b"+1")],
        [OK, (b"content-length", b"")],
        [OK, (b"content-length", b"1" * 19)],
    ],
)
def test_what_makes_no_response(fields: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Violation, match="malformed response"):
        response_head(fields, to_head_request=False)


def test_trailers_have_no_pseudo_fields() -> None:
    check_trailers([(b"x-sum", b"1")])
    with pytest.raises(Violation):
        check_trailers([OK])


def test_long_fields_are_matched_in_time_proportional_to_them() -> None:
    blanks = b"a" + b" " * 200_000
    with pytest.raises(Violation):
        response_head([OK, (b"x", blanks)], to_head_request=False)
    many = [(b"x", b"y") for _ in range(50_000)]
    with pytest.raises(Violation):
        response_head([OK, *many, (b"X", b"")], to_head_request=False)
