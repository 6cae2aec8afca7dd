"""The percentile spectrum in HdrHistogram's `.hgrm` layout, for its plotters.

Steps per halving of the distance to 100 %, as in HdrHistogram's `outputPercentileDistribution`:
the closer to the worst request, the finer. Values are milliseconds.
"""

import math
from collections.abc import Iterator

from commons.units import NS_PER_MS
from loadtester.load.measuring.histogram import Histogram
from loadtester.report.base import Report

STEPS_PER_HALF = 5
HEADER = f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}"


def render(report: Report) -> str:
    """The spectrum of response time (open model) or service time (closed), of every outcome."""
    result = report.result
    times = result.response_time if result.is_open else result.service_time
    return spectrum(times) + _origin(report)


def _origin(report: Report) -> str:
    """A remark, as the footer is one."""
    if not report.origin:
        return ""
    return f"#[Run     = {report.origin}: {report.result.provenance.command}]\n"


def spectrum(times: Histogram) -> str:
    """The spectrum of one histogram."""
    rows = [HEADER, "", *(_row(*step) for step in steps(times)), *_footer(times)]
    return "\n".join(rows) + "\n"


def steps(times: Histogram) -> Iterator[tuple[int, float, int]]:
    """(value in ns, share up to and with it, how many) at each step of the spectrum."""
    total, seen, wanted = times.count, 0, 0.0
    for (_, high), count in times:
        seen += count
        while wanted <= seen / total < 1:
            yield min(high, times.max_ns), wanted, seen
            wanted = _next(wanted)
    if total:
        yield times.max_ns, 1.0, total


def _next(share: float) -> float:
    halvings = math.floor(math.log2(1 / (1 - share))) + 1
    step: float = 2.0**-halvings / STEPS_PER_HALF
    return share + step


def _row(value_ns: int, share: float, seen: int) -> str:
    row = f"{value_ns / NS_PER_MS:12.3f} {share:2.12f} {seen:10d}"
    return row if share == 1.0 else f"{row} {1 / (1 - share):14.2f}"


def _footer(times: Histogram) -> list[str]:
    moments_ns = (times.mean_ns, times.stddev_ns) if times else (0.0, 0.0)
    mean, deviation = (value_ns / NS_PER_MS for value_ns in moments_ns)
    return [
        f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
        f"#[Max     = {times.max_ns / NS_PER_MS:12.3f}, Total count    = {times.count:12d}]",
        f"#[Buckets = {22:12d}, SubBuckets     = {2048:12d}]",
    ]
