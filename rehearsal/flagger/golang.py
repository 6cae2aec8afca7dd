"""How Go reads and prints durations and floats: Flagger's texts are Go's.

Sources: Go `time.ParseDuration`, `time.Duration.String`, and `strconv.FormatFloat` with format `g`
and the shortest precision, as `fmt` uses it for `%v`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

_UNIT_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3600 * NS_PER_S,
}
_MAX_NS = 2**63
_NUMBER = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
_UNIT = re.compile(r"[^0-9.]+")


class DurationError(ValueError):
    """A duration Go cannot read; the text is Go's own error."""


def quote(text: str) -> str:
    """A Go-quoted string, as in `time: invalid duration "x"`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def parse_duration_ns(text: str) -> int:
    """Nanoseconds in a Go duration like `1m30s` or `1.5h`; raises DurationError with Go's text."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    if not rest:
        raise DurationError(f"time: invalid duration {quote(text)}")
    total_ns = 0
    while rest:
        part_ns, rest = _take_part(rest, text)
        total_ns += part_ns
    if total_ns > _MAX_NS - (1 if sign > 0 else 0):
        raise DurationError(f"time: invalid duration {quote(text)}")
    return sign * total_ns


def _take_part(rest: str, text: str) -> tuple[int, str]:
    number = _NUMBER.match(rest)
    whole, fraction = number.groups() if number else ("", None)
    if not whole and not fraction:
        raise DurationError(f"time: invalid duration {quote(text)}")
    rest = rest[number.end() if number else 0 :]
    unit = _UNIT.match(rest)
    if unit is None:
        raise DurationError(f"time: missing unit in duration {quote(text)}")
    unit_ns = _UNIT_NS.get(unit[0])
    if unit_ns is None:
        raise DurationError(f"time: unknown unit {quote(unit[0])} in duration {quote(text)}")
    fraction_ns = int(fraction) * unit_ns // 10 ** len(fraction) if fraction else 0
    return int(whole or "0") * unit_ns + fraction_ns, rest[unit.end() :]


def format_duration(duration_ns: int) -> str:
    """A duration as Go prints it: `0s`, `515ms`, `1.515s`, `1m5s`, `1h0m0s`."""
    sign, ns = ("-", -duration_ns) if duration_ns < 0 else ("", duration_ns)
    if ns == 0:
        return "0s"
    for unit, unit_ns in (("ns", 1), ("µs", 1_000), ("ms", NS_PER_MS)):
        if ns < unit_ns * 1_000:
            return f"{sign}{_decimal(ns, unit_ns)}{unit}"
    minutes, second_ns = divmod(ns, 60 * NS_PER_S)
    seconds = f"{_decimal(second_ns, NS_PER_S)}s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _decimal(ns: int, unit_ns: int) -> str:
    whole, rest = divmod(ns, unit_ns)
    if not rest:
        return str(whole)
    digits = str(rest).rjust(len(str(unit_ns)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"


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


def marshal_json(value: Mapping[str, object]) -> bytes:
    """An object as Go's `json.Marshal` writes it.

    Keys keep their order, except that those of nested objects are sorted by their bytes, as Go
    sorts a map; hand in a flat dict of a struct's fields in the struct's order. `&`, `<`, `>`,
    U+2028 and U+2029 are escaped, everything else beyond ASCII is not.
    """
    fields = (f"{_json(key)}:{_json(item)}" for key, item in value.items())
    return ("{" + ",".join(fields) + "}").encode("utf-8", "surrogatepass")


def _json(value: object) -> str:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: str(key).encode())
        return "{" + ",".join(f"{_json(key)}:{_json(value[key])}" for key in keys) + "}"
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_HTML_ESCAPES) if isinstance(value, str) else text


_HTML_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "&<>\u2028\u2029"}
