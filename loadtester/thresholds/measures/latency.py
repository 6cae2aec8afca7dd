"""`p50`, `p99.9`, `min`, `avg`, `max`: the latency of every outcome, answered or not.

Without a prefix it is response time in the open model and service time in the closed one, as in
the summary; `response:p99`, `service:p99` and `lateness:p99` say which. A request that failed, or
was cut off, counts at the age it had, so that failing cannot improve a percentile.
"""

import re

from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Measure

EXAMPLES = ("p99<250ms", "avg<=20ms", "service:max<1s", "lateness:p99<5ms")
_NAME = re.compile(r"(?:(response|service|lateness):)?(p[0-9]+(?:\.[0-9]+)?|[a-z]+)")
_QUANTILES = {"min": 0.0, "median": 0.5, "max": 1.0}
_MEANS = ("avg", "mean")


def find(name: str) -> Measure | None:
    """The measure of a latency's name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    time, statistic = match[1], match[2]
    quantile = _quantile(statistic)
    if quantile is None and statistic not in _MEANS:
        return None

    def read(result: RunResult) -> float | None:
        histogram = _histogram(result, time)
        if not histogram:
            return None
        value_ns = histogram.mean_ns if quantile is None else _value_ns(histogram, quantile)
        return value_ns / NS_PER_S

    return Measure({Unit.SECONDS: read})


def _quantile(statistic: str) -> float | None:
    if statistic in _QUANTILES:
        return _QUANTILES[statistic]
    if statistic[0] == "p" and statistic[1:2].isdigit() and float(statistic[1:]) <= 100:
        return float(statistic[1:]) / 100
    return None


def _value_ns(histogram: Histogram, quantile: float) -> int:
    return histogram.min_ns if quantile == 0 else histogram.quantile(quantile)


def _histogram(result: RunResult, time: str | None) -> Histogram:
    if time == "lateness":
        return result.lateness
    if time == "response" or (time is None and result.is_open):
        return result.response_time
    return result.service_time
