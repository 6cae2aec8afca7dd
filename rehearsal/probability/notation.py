"""How traffic, faults and latencies are written on the command line. Pure.

Every function raises ValueError with a text that says what is allowed.
"""

from __future__ import annotations

import math
import re

from commons.durations import DurationError, parse_duration_s
from rehearsal.probability.model import Fault, Latency

MOST_TRAFFIC_PER_S = 100_000.0
MOST_ITEMS = 50

_TRAFFIC = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*/\s*(s|m|h)")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%")
_PER_S = {"s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 60


def parse_traffics(text: str) -> tuple[float, ...]:
    """Requests per second of `5/s,20/s,300/m`."""
    return tuple(_traffic(item) for item in _items(text))


def parse_errors(text: str) -> tuple[float, ...]:
    """Shares of 1 of `0.1%,1%,5%`."""
    return tuple(parse_share(item) for item in _items(text))


def parse_share(text: str) -> float:
    """A share of 1 of `0.1%`; 0 and 100 % are allowed."""
    match = _PERCENT.fullmatch(text)
    if match is None or float(match[1]) > 100:
        raise ValueError(f"{_shown(text)} is not a share from 0% to 100%, such as 0.1%")
    return float(match[1]) / 100


def parse_latencies(text: str) -> tuple[Latency, ...]:
    """`50ms/400ms` is a median and a 99th percentile; `+2%@1.5s` makes a share as slow as that."""
    return tuple(_latency(item) for item in _items(text))


def faults_of(errors: tuple[float, ...], latencies: tuple[Latency, ...]) -> tuple[Fault, ...]:
    """A fault for each share of errors, and one for each latency."""
    return (*(Fault(share) for share in errors), *(Fault(0.0, one) for one in latencies))


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if not items:
        raise ValueError("is empty")
    if len(items) > MOST_ITEMS:
        raise ValueError(f"has {len(items)} items; {MOST_ITEMS} are allowed")
    return items


def _traffic(text: str) -> float:
    match = _TRAFFIC.fullmatch(text)
    per_s = float(match[1]) / _PER_S[match[2]] if match else math.nan
    if not 0 < per_s <= MOST_TRAFFIC_PER_S:
        raise ValueError(
            f"{_shown(text)} is not a traffic such as 5/s or 300/m, above 0 and up to"
            f" {MOST_TRAFFIC_PER_S:g}/s"
        )
    return per_s


def _latency(text: str) -> Latency:
    quick, plus, slow = text.partition("+")
    p50, slash, p99 = quick.partition("/")
    if not slash:
        raise ValueError(f"{_shown(text)} is not a latency such as 50ms/400ms")
    p50_s, p99_s = _seconds(p50, text), _seconds(p99, text)
    if p99_s < p50_s:
        raise ValueError(f"{_shown(text)}: the 99th percentile is below the median")
    if not plus:
        return Latency(p50_s, p99_s)
    share, at, duration = slow.partition("@")
    if not at:
        raise ValueError(f"{_shown(text)}: after + write a share and a duration, as 2%@1.5s")
    return Latency(p50_s, p99_s, parse_share(share.strip()), _seconds(duration, text))


def _seconds(text: str, whole: str) -> float:
    try:
        seconds = parse_duration_s(text.strip()) if len(text) < _LONGEST else 0.0
    except DurationError as error:
        raise ValueError(f"{_shown(whole)}: {error}") from None
    if not 0 < seconds <= 3600:
        raise ValueError(f"{_shown(whole)}: durations are above 0 and up to 1h")
    return seconds


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")
