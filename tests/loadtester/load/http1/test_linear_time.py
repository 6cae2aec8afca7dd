"""A remote that sends odd bytes costs time in proportion to their number, whatever they are.

Backtracking made `X: <60 kB of blanks>` hang for ever (the same kind as k6#1094 and vegeta#439,
where one response stops a whole run).
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from loadtester.load.errors import RequestFailed
from loadtester.load.http1 import bodies, heads, response
from loadtester.load.http1.heads import Heads
from loadtester.load.http1.response import ResponseReader
from loadtester.thresholds import grammar
from tests.growth import assert_linear

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

STREAMS: dict[str, Callable[[int], bytes]] = {
    "blanks in a value": lambda n: OK + b"X: " + b" " * n + b"y\r\n\r\n",
    "blanks in a telling value": lambda n: OK + b"Content-Length: " + b" " * n + b"y\r\n\r\n",
    "blanks between words": lambda n: OK + b"Connection: x" + b" " * n + b"y\r\n\r\n",
    "blanks in pieces": lambda n: (
        OK + b"Location: x" + (b" " * 99 + b"y") * (n // 100) + b"\r\n\r\n"
    ),
    "blanks at the end of a location": lambda n: OK + b"Location: /" + b" " * n + b"\0\r\n\r\n",
    "tabs and a stray CR": lambda n: OK + b"Connection:" + b"\t" * n + b"\rx\r\n\r\n",
    "a name without a colon": lambda n: OK + b"x" * n + b"\r\n\r\n",
    "a name with a blank": lambda n: OK + b"x" * n + b" : y\r\n\r\n",
    "many fields, the last one wrong": lambda n: OK + b"a: b\r\n" * (n // 6) + b"!\x01\r\n\r\n",
    "folds": lambda n: OK + b"X: y" + b"\r\n " * (n // 3) + b"\r\n\r\n",
    "folds, then a wrong line": lambda n: OK + b"X: y" + b"\n \t" * (n // 3) + b"\n\x01\r\n\r\n",
    "CRs": lambda n: OK + b"X: " + b"\r" * n + b"\n\r\n",
    "commas in Content-Length": lambda n: OK + b"Content-Length: " + b"," * n + b"\r\n\r\n",
    "commas in Connection": lambda n: OK + b"Connection: " + b" ," * (n // 2) + b"\r\n\r\n",
    "a long number": lambda n: OK + b"Content-Length: " + b"1" * n + b"\r\n\r\n",
    "a long reason": lambda n: b"HTTP/1.1 200 " + b" " * n + b"\0\r\n\r\n",
    "a head without an end": lambda n: OK + b"x: " + b"\n" * n,
    "interim responses": lambda n: b"HTTP/1.1 100 C\r\n\r\n" * (n // 18),
    "blanks in a chunk's size line": lambda n: CHUNKED + b"1" + b" " * (n // 16) + b"x\r\n",
    "a chunk's extensions": lambda n: CHUNKED + (b"1;" + b";" * 999 + b"\r\nx\r\n") * (n // 1000),
    "chunks of one byte": lambda n: CHUNKED + b"1\r\nx\r\n" * (n // 6),
    "trailers": lambda n: CHUNKED + b"0\r\n" + b"a: b\r\n" * (n // 6),
    "a chunk's size without an end": lambda n: CHUNKED + b"0" * n,
}
SIZE = 192 * 1024


def read(data: bytes, piece: int) -> None:
    reader = ResponseReader(Heads(), 1 << 30)
    with contextlib.suppress(RequestFailed):
        for at in range(0, len(data), piece):
            reader.feed(data[at : at + piece])


@pytest.mark.parametrize("piece", [1 << 20, 1000])
@pytest.mark.parametrize("name", STREAMS)
def test_time_grows_with_the_bytes_and_not_faster(name: str, piece: int) -> None:
    stream = STREAMS[name]
    assert_linear(lambda size: read(stream(size), piece), SIZE)


def expressions() -> Iterator[tuple[str, str | bytes]]:
    for module in (heads, bodies, response, grammar):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value.pattern


@pytest.mark.parametrize(("name", "pattern"), list(expressions()))
def test_no_expression_goes_back_over_repeats_in_repeats(name: str, pattern: str | bytes) -> None:
    assert not nested_repeats(pattern)


def test_the_check_itself_knows_nested_repeats() -> None:
    assert nested_repeats(r"(a+)+")
    assert nested_repeats(r"(?:x[ab]*)*y")
    assert not nested_repeats(r"(?:x[ab]*+)*+y")
    assert not nested_repeats(r"a*(bc?)+")


def nested_repeats(pattern: str | bytes) -> bool:
    """Whether an unbounded repeat that may give back stands in another one."""
    parser: Any = import_module("re._parser")
    many: Any = import_module("re._constants").MAXREPEAT
    gives_back = ("MAX_REPEAT", "MIN_REPEAT")

    def within(node: Any, *, inside: bool) -> bool:
        if isinstance(node, tuple) and len(node) == 2 and str(node[0]) in gives_back:
            _, most, body = node[1]
            return (inside and most is many) or within(body, inside=inside or most is many)
        if isinstance(node, list | tuple | parser.SubPattern):
            return any(within(part, inside=inside) for part in node)
        return False

    return within(parser.parse(pattern), inside=False)
