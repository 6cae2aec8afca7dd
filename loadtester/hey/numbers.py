"""Numbers as Go reads them on a command line."""

import re
from fractions import Fraction

_INTEGER = re.compile(r"[+-]?(0[xX]_?[0-9a-fA-F](_?[0-9a-fA-F])*|0[bB]_?[01](_?[01])*"
                      r"|0[oO]?_?[0-7](_?[0-7])*|[0-9]|[1-9](_?[0-9])*)")  # fmt: skip
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WIDEST = 1 << 63


def integer(text: str) -> int:
    """An integer as Go's `strconv.ParseInt(text, 0, 64)` reads it."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    body = text.lstrip("+-").replace("_", "").lower()
    octal = len(body) > 1 and body[0] == "0" and body[1].isdigit()
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
