"""The words of a filter expression. Linear in its length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_CHARACTERS = 2_000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?![\w.]))
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<sign><=|>=|!=|[=<>!(){}\[\],:&|.])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class FilterError(ValueError):
    """An expression that cannot be read; the text says what is wrong and where."""


class Token(NamedTuple):
    """One word: kind is text, number, word, sign or end; `at` counts characters from 1."""

    kind: str
    value: str
    at: int


def tokens_of(expression: str) -> Iterator[Token]:
    """The words of an expression, `end` as the last. Raises FilterError."""
    if len(expression) > MOST_CHARACTERS:
        raise FilterError(f"the expression is longer than {MOST_CHARACTERS} characters")
    at, end = 0, len(expression.rstrip())
    while at < end:
        found = _TOKEN.match(expression, at)
        if found is None:
            shown = expression[at:].strip()[:20]
            raise FilterError(f"unexpected {shown!r} at character {at + 1}")
        kind = str(found.lastgroup)
        value = found[kind]
        if kind == "text":
            value = _ESCAPE.sub(r"\1", value[1:-1])
        yield Token(kind, value, found.start(kind) + 1)
        at = found.end()
    yield Token("end", "", end + 1)
