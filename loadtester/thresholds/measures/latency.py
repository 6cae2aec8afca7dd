"""`p50`, `p99.9`, `min`, `avg`, `max`: how long requests took.

Without a prefix it is response time in the open model and service time in the closed one, as in
the summary; `response:p99`, `service:p99` and `lateness:p99` say which. Failing cannot improve a
latency (see `loadtester.load.measuring.latency`): a request without a response is slower than
every other, so that `p90` has a value only while fewer than a tenth of the requests failed, `max`
only while none did, and none of them has one when nothing was answered.
"""

import re
from collections.abc import Callable

from commons.units import NS_PER_S
from loadtester.load.measuring.latency import Latency
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Measure, Missing

EXAMPLES = ("p99<250ms", "avg<=20ms", "service:max<1s", "lateness:p99<5ms")
_NAME = re.compile(r"(?:(response|service|lateness):)?(p[0-9]{1,3}(?:\.[0-9]{1,9})?|[a-z]+)")
_QUANTILES = {"min": 0.0, "median": 0.5, "max": 1.0}
_MEANS = ("avg", "mean")
_LATENCIES: dict[str | None, Callable[[RunResult], Latency]] = {
    None: lambda result: result.latency,
    "response": lambda result: result.response_latency,
    "service": lambda result: result.service_latency,
    "lateness": lambda result: Latency(result.lateness, 0),
}


def find(name: str) -> Measure | None:
    """The measure of a latency's name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    latency_of, statistic = _LATENCIES[match[1]], match[2]
    share = quantile_of(statistic)
    if share is None and statistic not in _MEANS:
        return None

    def read(result: RunResult) -> float | Missing:
        latency = latency_of(result)
        if not result.counts.completed:
            return Missing("no response" if result.ended else "no samples")
        if not latency.times:
            return Missing()
        return _mean(latency, result) if share is None else _quantile(latency, share)

    return Measure({Unit.SECONDS: read})


def quantile_of(statistic: str) -> float | None:
    """The share (0..1) that the name of a quantile stands for; None for another name."""
    if statistic in _QUANTILES:
        return _QUANTILES[statistic]
    if statistic[:1] == "p" and statistic[1:2].isdigit() and float(statistic[1:]) <= 100:
        return float(statistic[1:]) / 100
    return None


def _quantile(latency: Latency, share: float) -> float | Missing:
    value_ns = latency.min_ns if share == 0 else latency.quantile_ns(share)
    if value_ns is None:
        failed = Unit.SHARE.render(latency.failed_share)
        return Missing(f"no response to {failed} of the requests")
    return value_ns / NS_PER_S


def _mean(latency: Latency, result: RunResult) -> float:
    """Of all requests at the age they ended with, but never better than of the responses."""
    failures_ns = sum(tally.response_time.sum_ns for tally in result.errors.values())
    everything_ns = (latency.times.sum_ns + failures_ns) / latency.count
    mean_ns = max(latency.times.mean_ns, everything_ns if latency.failed else 0.0)
    return mean_ns / NS_PER_S
