"""Numbers as Go reads them on a command line."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

_INTEGER = re.compile(
    r"[+-]?(?:0[xX]_?[0-9a-fA-F](?:_?[0-9a-fA-F])*+|0[bB]_?[01](?:_?[01])*+"
    r"|0[oO]?_?[0-7](?:_?[0-7])*+|[0-9]|[1-9](?:_?[0-9])*+)"
)
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?"
)
_WIDEST = 1 << 63
_LONGEST = 100

N = TypeVar("N", int, float, Fraction)


def integer(text: str) -> int:
    """An integer as Go's `strconv.ParseInt(text, 0, 64)` reads it."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    body = text.lstrip("+-").replace("_", "").lower()
    octal = len(body) > 1 and body[0] == "0" and body[1].isdigit()
    if len(body) > _LONGEST:
        raise ValueError("value out of range")
    value = int("0o" + body[1:] if octal else body, 0)
    value = -value if text.startswith("-") else value
    if not -_WIDEST <= value < _WIDEST:
        raise ValueError("value out of range")
    return value


def rational(text: str) -> Fraction:
    """A number such as 5, 0.5 or 1e3, kept exact; Go's `inf` and `nan` are of no use here."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Fraction(text)


def share(text: str) -> float:
    """A share as `5%` or `0.05`."""
    value = float(rational(text.removesuffix("%")))
    if value < 0:
        raise ValueError("must not be negative")
    return value / 100 if text.endswith("%") else value


def within(parse: Callable[[str], N], minimum: N, maximum: N) -> Callable[[str], N]:
    """The parser, with both limits as allowed values."""

    def read(text: str) -> N:
        value = parse(text)
        if not minimum <= value <= maximum:
            raise ValueError(f"must be from {_plain(minimum)} to {_plain(maximum)}")
        return value

    return read


def _plain(value: int | float | Fraction) -> str:
    return f"{float(value):.15g}"
