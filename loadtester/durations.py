"""Durations as Go writes them: `300ms`, `1m30s`, `1.5h`.

The syntax is that of Go's `time.ParseDuration` and `Duration.String`, because that is what every
flag of hey and every field of a Canary uses.
"""

import re
from fractions import Fraction

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_LONGEST_NS = (1 << 63) - 1


def parse_ns(text: str) -> int:
    """Nanoseconds of a Go duration; ValueError says what is wrong with it."""
    sign = -1 if text.startswith("-") else 1
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    position, total = 0, Fraction(0)
    while part := _PART.match(body, position):
        total += Fraction(part[1]) * NANOSECONDS[part[2]]
        position = part.end()
    if position == 0 or position != len(body):
        raise ValueError(f"{text!r} is not a duration such as 500ms, 10s or 1m30s")
    if total > _LONGEST_NS:
        raise ValueError(f"{text!r} is too long: the longest duration is about 292 years")
    return sign * int(total)


def parse_s(text: str) -> float:
    """Seconds of a Go duration; ValueError says what is wrong with it."""
    return parse_ns(text) / 1e9


def render_ns(nanoseconds: int) -> str:
    """The duration as Go prints it: `1h0m0s`, `1.5s`, `250ms`, `0s`."""
    if nanoseconds < 0:
        return "-" + render_ns(-nanoseconds)
    for unit in ("s", "ms", "µs", "ns"):
        if nanoseconds >= NANOSECONDS[unit]:
            break
    else:
        return "0s"
    if unit != "s":
        return _decimal(nanoseconds, NANOSECONDS[unit]) + unit
    minutes, rest = divmod(nanoseconds, NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = _decimal(rest, NANOSECONDS["s"]) + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def render_s(seconds: float) -> str:
    """The duration as Go prints it, of a number of seconds."""
    return render_ns(round(seconds * 1e9))


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    if not rest:
        return str(whole)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0")
