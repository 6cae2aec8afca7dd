"""The words of a query: enough to bound it before it is parsed, and to say where a fault is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.metrics.promql.errors import QueryRejectedError, QueryUnsupportedError

MAX_CHARACTERS = 65_536
MAX_LEVELS = 500
_MAX_DURATION_S = 9_223_372_036.0  # 2**63 nanoseconds: what a Go duration holds
_MAX_TIMESTAMP_S = 1e11  # the year 5138; what lies beyond is not evaluated

# Alternatives that exclude each other by their first characters, without nested repetition: one
# pass, linear in the length.
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
  | (?P<duration>(?:[0-9]+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_:]))
  | (?P<number>0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<identifier>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<operator>==|!=|=~|!~|<=|>=|[-+*/%^<>=@])
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<mark>[,:])
  | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD_OPERATORS = frozenset(("and", "or", "unless", "atan2"))


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, its text, and where it begins (in characters, from 0)."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_operator(self) -> bool:
        return self.kind == "operator" or self.text.lower() in _WORD_OPERATORS


def tokenize(query: str) -> tuple[Token, ...]:
    """The words of a query, no blanks or comments. Raises QueryUnsupportedError if it is huge."""
    if len(query) > MAX_CHARACTERS:
        raise QueryUnsupportedError(f"the query is longer than {MAX_CHARACTERS} characters")
    found = (Token(str(m.lastgroup), m[0], m.start()) for m in _TOKEN.finditer(query))
    return tuple(token for token in found if token.kind != "space")


def check_bounds(query: str, tokens: Sequence[Token]) -> None:
    """Refuse what the parser could not survive: too deep, not UTF-8, numbers out of all range."""
    if not query.isascii() and any("\ud800" <= char <= "\udfff" for char in query):
        raise QueryUnsupportedError("the query is not valid Unicode")
    _check_depth(tokens)
    _check_numbers(tokens)


def _check_depth(tokens: Sequence[Token]) -> None:
    is_open, deepest, operators = 0, 0, 0
    for token in tokens:
        is_open += (token.kind == "open") - (token.kind == "close")
        deepest = max(deepest, is_open)
        operators += token.is_operator
    if deepest + operators > MAX_LEVELS:
        raise QueryUnsupportedError(f"the query nests deeper than {MAX_LEVELS} levels")


def _check_numbers(tokens: Sequence[Token]) -> None:
    """Numbers used as durations and times have to fit: the parser panics where they do not."""
    brackets, before = 0, ""
    for token in tokens:
        brackets += (token.text == "[") - (token.text == "]")
        if token.kind == "number":
            value = _value(token.text)
            if value == float("inf"):
                raise QueryRejectedError(
                    f"1:{token.start + 1}: parse error: error parsing number: strconv.ParseFloat:"
                    f' parsing "{token.text}": value out of range'
                )
            if (brackets or before.lower() == "offset") and value > _MAX_DURATION_S:
                raise QueryRejectedError("parse error: duration out of range")
            if before == "@" and value > _MAX_TIMESTAMP_S:
                raise QueryUnsupportedError(
                    f"the time {token.text} of an @ modifier is too far away"
                )
        if token.text not in ("+", "-"):
            before = token.text


def _value(text: str) -> float:
    try:
        return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    except (ValueError, OverflowError):
        return float("inf")
