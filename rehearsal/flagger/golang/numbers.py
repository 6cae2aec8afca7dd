"""Numbers as Go prints and converts them.

Source: Go `strconv.FormatFloat` with format `g` and the shortest precision, as `fmt` uses it for
`%v`; for conversions, what amd64 does where the language leaves the result open.
"""

from __future__ import annotations

import math
from decimal import Decimal

_INT64 = 1 << 63


def format_float(value: float) -> str:
    """A float64 under `%v`: the shortest digits, with an exponent below 1e-4 and from 1e+06 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, point = _shortest(value)
    exponent = point - 1
    if exponent < -4 or exponent >= 6:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _shortest(value: float) -> tuple[str, str, int]:
    """The sign, the shortest digits that round-trip, and where the decimal point stands in them."""
    negative, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    text = text.rstrip("0")
    if not text:
        return "-" if negative else "", "0", 1
    return "-" if negative else "", text, point


def format_fixed(value: float, digits: int = 2) -> str:
    """A float64 under `%.2f`."""
    return f"{value:.{digits}f}" if math.isfinite(value) else format_float(value)


def to_int64(value: float) -> int:
    """A float64 converted to int64 on amd64: what does not fit is the least of all."""
    if not math.isfinite(value) or not -_INT64 <= value < _INT64:
        return -_INT64
    return int(value)


def wrap_int64(value: int) -> int:
    """An int64 after an overflow."""
    return (value + _INT64) % (2 * _INT64) - _INT64
