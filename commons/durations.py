"""Durations as Go writes them: `300ms`, `1m30s`, `1.5h`.

The syntax, the rounding and the error texts are those of Go's `time.ParseDuration`, the output is
that of `time.Duration.String`: Flagger, Kubernetes and hey are written in Go.
"""

import re

from commons.units import NS_PER_MS, NS_PER_S, NS_PER_US, S_PER_HOUR, S_PER_MINUTE

UNIT_NS = {
    "ns": 1,
    "us": NS_PER_US,
    "µs": NS_PER_US,  # U+00B5, the micro sign
    "μs": NS_PER_US,  # U+03BC, the Greek letter
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "m": S_PER_MINUTE * NS_PER_S,
    "h": S_PER_HOUR * NS_PER_S,
}
_MAX = 1 << 63
_MAX_DIGITS = len(str(_MAX))
_DIGITS = re.compile(r"[0-9]*")
_UNIT = re.compile(r"[^0-9.]*")


class DurationError(ValueError):
    """A duration that Go cannot read; the text is Go's own error."""


def quote(text: str) -> str:
    """Text in the quotes of Go's package time: `\\` before `"` and `\\`, bytes as `\\x0a`."""
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if " " <= char < "\x80":
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def parse_duration_ns(text: str) -> int:
    """Nanoseconds of a Go duration; DurationError with Go's text. Linear in the text's length."""
    negative, at = text.startswith("-"), 1 if text[:1] in ("-", "+") else 0
    if text[at:] == "0":
        return 0
    if at == len(text):
        raise DurationError(f"time: invalid duration {quote(text)}")
    total_ns = 0
    while at < len(text):
        part_ns, at = _parse_part(text, at)
        total_ns += part_ns
        if total_ns > _MAX:
            raise DurationError(f"time: invalid duration {quote(text)}")
    if total_ns == _MAX and not negative:
        raise DurationError(f"time: invalid duration {quote(text)}")
    return -total_ns if negative else total_ns


def parse_duration_s(text: str) -> float:
    """Seconds of a Go duration; DurationError with Go's text."""
    return parse_duration_ns(text) / NS_PER_S


def _parse_part(text: str, start: int) -> tuple[int, int]:
    """One number with its unit from `start` on, in nanoseconds, and where it ends."""
    whole, at = _take(_DIGITS, text, start)
    fraction = ""
    if text[at : at + 1] == ".":
        fraction, at = _take(_DIGITS, text, at + 1)
    whole_value = _leading_integer(whole)
    if whole_value is None or not (whole or fraction):
        raise DurationError(f"time: invalid duration {quote(text)}")
    unit, at = _take(_UNIT, text, at)
    if not unit:
        raise DurationError(f"time: missing unit in duration {quote(text)}")
    if unit not in UNIT_NS:
        raise DurationError(f"time: unknown unit {quote(unit)} in duration {quote(text)}")
    unit_ns = UNIT_NS[unit]
    value_ns = whole_value * unit_ns + _fraction_ns(fraction, unit_ns)
    if value_ns > _MAX:
        raise DurationError(f"time: invalid duration {quote(text)}")
    return value_ns, at


def _take(pattern: re.Pattern[str], text: str, at: int) -> tuple[str, int]:
    match = pattern.match(text, at)
    return (match[0], match.end()) if match else ("", at)


def _leading_integer(digits: str) -> int | None:
    """None beyond 2^63, however many digits that takes."""
    significant = digits.lstrip("0") or "0"
    if len(significant) > _MAX_DIGITS or int(significant) > _MAX:
        return None
    return int(significant)


def _fraction_ns(digits: str, unit_ns: int) -> int:
    """As Go computes it: in floats, and without the digits that no longer fit in 63 bits."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > (_MAX - 1) // 10 or value * 10 + int(digit) > _MAX:
            break
        value, scale = value * 10 + int(digit), scale * 10
    return int(value * (unit_ns / scale))


def format_duration_ns(duration_ns: int) -> str:
    """A duration as Go prints it: `0s`, `515ms`, `1.515s`, `1m5s`, `1h0m0s`."""
    sign, ns = ("-", -duration_ns) if duration_ns < 0 else ("", duration_ns)
    if ns == 0:
        return "0s"
    for unit, unit_ns in (("ns", 1), ("µs", NS_PER_US), ("ms", NS_PER_MS)):
        if ns < unit_ns * 1_000:
            return f"{sign}{_decimal(ns, unit_ns)}{unit}"
    minutes, second_ns = divmod(ns, S_PER_MINUTE * NS_PER_S)
    seconds = f"{_decimal(second_ns, NS_PER_S)}s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def format_duration_s(duration_s: float) -> str:
    """A number of seconds as Go prints the duration."""
    return format_duration_ns(round(duration_s * NS_PER_S))


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    if not rest:
        return str(whole)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0")
