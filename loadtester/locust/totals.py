"""What a locust run counted, as JSON, and thresholds held against it.

Times are milliseconds as locust keeps them: whole below 100, rounded to two significant digits
above, so a threshold closer than that to the measured value says little.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold, Unit, parse

Totals = Mapping[str, Any]
"""``requests``, ``failures``, ``duration_s``, ``sum_ms``, ``min_ms``, ``max_ms`` and
``times_ms``, which counts requests by response time."""


def quantile_s(totals: Totals, quantile: float) -> float | None:
    """The response time, seconds, that ``quantile`` (0..1) of the requests did not exceed."""
    times = sorted((int(ms), count) for ms, count in totals["times_ms"].items())
    rank = max(1, math.ceil(quantile * sum(count for _, count in times)))
    seen = 0
    for ms, count in times:
        seen += count
        if seen >= rank:
            return ms / 1000
    return None


def _mean_s(totals: Totals) -> float | None:
    return totals["sum_ms"] / totals["requests"] / 1000 if totals["requests"] else None


def _error_rate(totals: Totals) -> float | None:
    return totals["failures"] / totals["requests"] if totals["requests"] else None


def _success_rate(totals: Totals) -> float | None:
    rate = _error_rate(totals)
    return None if rate is None else 1 - rate


def _rate(totals: Totals) -> float | None:
    return totals["requests"] / totals["duration_s"] if totals["duration_s"] else None


Reader = Callable[[Totals], float | None]
MEASURES: Mapping[str, tuple[frozenset[Unit], Reader]] = {
    "min": (frozenset({Unit.SECONDS}), lambda totals: quantile_s(totals, 0.0)),
    "median": (frozenset({Unit.SECONDS}), lambda totals: quantile_s(totals, 0.5)),
    "max": (frozenset({Unit.SECONDS}), lambda totals: quantile_s(totals, 1.0)),
    "avg": (frozenset({Unit.SECONDS}), _mean_s),
    "mean": (frozenset({Unit.SECONDS}), _mean_s),
    "error_rate": (frozenset({Unit.SHARE, Unit.NUMBER}), _error_rate),
    "success_rate": (frozenset({Unit.SHARE, Unit.NUMBER}), _success_rate),
    "errors": (frozenset({Unit.NUMBER}), lambda totals: totals["failures"]),
    "requests": (frozenset({Unit.NUMBER}), lambda totals: totals["requests"]),
    "rate": (frozenset({Unit.NUMBER}), _rate),
}


def read_thresholds(texts: Iterable[str]) -> tuple[Threshold, ...]:
    """Thresholds over locust's numbers; ThresholdError for what cannot be read or measured."""
    return tuple(_checked(parse(text), text) for text in texts)


def _checked(threshold: Threshold, text: str) -> Threshold:
    units, _ = _measure(threshold.measure)
    if threshold.unit not in units:
        raise ThresholdError(f"{text!r}: {threshold.measure} is not held against that unit")
    return threshold


def _measure(name: str) -> tuple[frozenset[Unit], Reader]:
    if name in MEASURES:
        return MEASURES[name]
    try:
        percent = float(name[1:]) if name[:1] == "p" else math.nan
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        known = ", ".join(("p99", *MEASURES))
        raise ThresholdError(f"no measure {name!r} in a locust run; there are {known}")
    return frozenset({Unit.SECONDS}), lambda totals: quantile_s(totals, percent / 100)


def judge(thresholds: Sequence[Threshold], totals: Totals) -> list[dict[str, Any]]:
    """Each threshold with ``ok`` and what was measured; no samples is not ok."""
    judged = []
    for threshold in thresholds:
        value = _measure(threshold.measure)[1](totals)
        actual = "no samples" if value is None else threshold.unit.render(value)
        kept = value is not None and threshold.holds(value)
        judged.append({"threshold": str(threshold), "ok": kept, "actual": actual})
    return judged
