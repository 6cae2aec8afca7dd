import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import (
    CHUNKED,
    MAX_REMEMBERED_HEADS,
    UNTIL_CLOSE,
    Heads,
    parse_head,
)


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([status, *lines]).encode("latin-1")


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (["Content-Length: 12"], 12),
        (["content-length:12 "], 12),
        (["Content-Length: 12", "Content-Length: 12"], 12),
        (["Content-Length: 12, 12"], 12),
        (["Transfer-Encoding: chunked"], CHUNKED),
        (["Transfer-Encoding: Chunked", "Content-Length: 3"], CHUNKED),
        (["X-Content-Length: 12"], UNTIL_CLOSE),
        ([], UNTIL_CLOSE),
    ],
)
def test_where_the_body_ends(lines: list[str], length: int) -> None:
    assert parse_head(head(*lines)).length == length


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "100 Continue"])
def test_some_responses_have_no_body_whatever_they_announce(status: str) -> None:
    announced = head("Content-Length: 9", status=f"HTTP/1.1 {status}")
    assert parse_head(announced).length == 0


def test_a_response_to_head_has_no_body() -> None:
    assert parse_head(head("Content-Length: 9"), to_head_request=True).length == 0


@pytest.mark.parametrize(
    ("status", "lines", "keep_alive"),
    [
        ("HTTP/1.1 200 OK", ["Content-Length: 0"], True),
        ("HTTP/1.1 200 OK", ["Content-Length: 0", "Connection: Foo, CLOSE"], False),
        ("HTTP/1.1 200 OK", [], False),
        ("HTTP/1.0 200 OK", ["Content-Length: 0"], False),
        ("HTTP/1.0 200 OK", ["Content-Length: 0", "Connection: keep-alive"], True),
        ("HTTP/1.0 200 OK", ["Transfer-Encoding: chunked", "Connection: keep-alive"], False),
        ("HTTP/1.1 200 OK", ["Transfer-Encoding: chunked", "Content-Length: 3"], False),
        ("HTTP/1.1 200", ["Content-Length: 0"], True),
    ],
)
def test_whether_the_connection_may_be_used_again(
    status: str, lines: list[str], keep_alive: bool
) -> None:
    assert parse_head(head(*lines, status=status)).response.keep_alive is keep_alive


def test_a_redirect_points_somewhere_and_other_responses_do_not() -> None:
    moved = head("Location:  /there ", status="HTTP/1.1 302 Found")
    assert parse_head(moved).response.location == "/there"
    created = head("Location: /there", status="HTTP/1.1 201 Created")
    assert parse_head(created).response.location is None


def test_bare_line_feeds_and_folded_lines_are_read() -> None:
    assert parse_head(b"HTTP/1.1 200 OK\nContent-Length: 7\nX: 1").length == 7
    assert parse_head(head("X: a", " b", "Content-Length:", "\t5")).length == 5


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"HTTP/2 200 OK",
        b"HTTP/1.2 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 099 No",
        b"HTTP/1.1 2000 OK",
        b" HTTP/1.1 200 OK",
        b"ICY 200 OK",
        head("no colon"),
        head(": no name"),
        head("a b: space in name"),
        head("Content-Length : 3"),
        head("Null: \0"),
        head("Return: \r x"),
        head("Content-Length: -1"),
        head("Content-Length: +1"),
        head("Content-Length: 0x10"),
        head("Content-Length: 1 2"),
        head("Content-Length: "),
        head("Content-Length: 1", "Content-Length: 2"),
        head("Content-Length: " + "9" * 30),
        head("Transfer-Encoding: gzip"),
        head("Transfer-Encoding: gzip, chunked"),
        head("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    ],
)
def test_what_is_not_a_head_is_refused(text: bytes) -> None:
    with pytest.raises(RequestFailed) as refused:
        parse_head(text)
    assert refused.value.error_class is ErrorClass.PROTOCOL


def test_heads_are_remembered_but_not_without_end() -> None:
    heads = Heads()
    for k in range(MAX_REMEMBERED_HEADS + 10):
        heads.parse(head("Content-Length: 0", f"X-Request-Id: {k}"))
    assert 0 < len(heads.known) <= MAX_REMEMBERED_HEADS


def test_only_what_the_fast_path_can_finish_is_remembered() -> None:
    heads = Heads()
    heads.parse(head("Transfer-Encoding: chunked"))
    heads.parse(head("Content-Length: 9", "Content-Encoding: gzip"))
    heads.parse(head(status="HTTP/1.1 100 Continue"))
    assert not heads.known
