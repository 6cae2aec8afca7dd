"""Numbers as Go reads and prints them, where hey's output shows."""

import math
import re

_INTEGER = re.compile(r"[+-]?(0[xX]_?[0-9a-fA-F](_?[0-9a-fA-F])*|0[bB]_?[01](_?[01])*"
                      r"|0[oO]?_?[0-7](_?[0-7])*|[0-9]|[1-9](_?[0-9])*)")  # fmt: skip
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


def real(text: str) -> float:
    """A finite number; Go would also read `inf` and `nan`, which no flag has a use for."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError("not a number") from None
    if not math.isfinite(value) or text != text.strip():
        raise ValueError("not a number")
    return value
