"""The numbers of hey's summary, as values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from commons.units import NS_PER_S
from loadtester.load.measuring import tallies
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result import RunResult

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)
BARS = 10


@dataclass(frozen=True)
class Bar:
    """One row of hey's histogram: how many took no longer than `upto_s` and longer than the row
    before."""

    upto_s: float
    count: int


@dataclass(frozen=True)
class Phase:
    """One part of a request's time, over all responses."""

    name: str
    average_s: float
    fastest_s: float
    slowest_s: float


@dataclass(frozen=True)
class Summary:
    """What hey says of a run. Latencies are those of responses; errors have none."""

    total_s: float
    slowest_s: float
    fastest_s: float
    average_s: float
    """NaN when nothing was answered."""
    requests_per_s: float
    """Requests that came to an end, errors too, over the whole run."""
    total_bytes: int
    bytes_per_request: int
    bars: tuple[Bar, ...]
    percentiles: tuple[tuple[int, float], ...]
    """Percent and seconds; both 0 where there were too few responses to tell."""
    phases: tuple[Phase, ...]
    statuses: Mapping[int, int]
    errors: Mapping[str, int]


def summarise(result: RunResult) -> Summary:
    """hey's numbers of a run.

    The latencies are hey's, from send to last byte, in the closed model; in the open model they
    are response times, from the planned moment.
    """
    responses = headline(result)
    ended = result.ended
    return Summary(
        total_s=result.wall_ns / NS_PER_S,
        slowest_s=responses.max_ns / NS_PER_S,
        fastest_s=responses.min_ns / NS_PER_S,
        average_s=responses.mean_ns / NS_PER_S,
        requests_per_s=ended / (result.wall_ns / NS_PER_S) if result.wall_ns else 0.0,
        total_bytes=result.bytes_body,
        bytes_per_request=result.bytes_body // max(1, result.counts.completed),
        bars=bars(responses),
        percentiles=percentiles(responses),
        phases=_phases(result),
        statuses={status: tally.count for status, tally in result.statuses.items()},
        errors=dict(result.error_messages()),
    )


def headline(result: RunResult) -> Histogram:
    """The latencies of responses that a summary is about."""
    if result.is_open:
        return result.completed_response_time()
    return result.completed_service_time()


def bars(responses: Histogram) -> tuple[Bar, ...]:
    """hey's histogram: the fastest, then ten equal steps up to the slowest."""
    if not responses:
        return ()
    fastest, slowest = responses.min_ns, responses.max_ns
    edges = [fastest + (slowest - fastest) * step / BARS for step in range(BARS)] + [slowest]
    counts = [0] * len(edges)
    counts[0] = 1  # the fastest itself; what shares its bucket is slower
    row, shared = 0, 1
    for (low, high), count in responses:
        where = low if low > fastest else min(high, slowest)
        while where > edges[row]:
            row += 1
        counts[row] += count - shared
        shared = 0
    return tuple(Bar(edge / NS_PER_S, count) for edge, count in zip(edges, counts, strict=True))


def percentiles(responses: Histogram) -> tuple[tuple[int, float], ...]:
    """hey's percentiles: the first response, in order, with p percent of all before it.

    Each percentile takes a response of its own, so a handful of responses fills only some of them.
    """
    count, last = responses.count, -1
    rows: list[tuple[int, float]] = []
    for percent in PERCENTILES:
        last = max(last + 1, -(-percent * count // 100))
        if last >= count:
            break
        rows.append((percent, responses.quantile((last + 0.5) / count) / NS_PER_S))
    return (*rows, *[(0, 0.0)] * (len(PERCENTILES) - len(rows))) if count else ()


def _phases(result: RunResult) -> tuple[Phase, ...]:
    phases = result.phases
    return (
        _phase("DNS+dialup", phases.dialup),
        _phase("DNS-lookup", phases.dns),
        _phase("req write", phases.write),
        _phase("resp wait", phases.wait),
        _phase("resp read", phases.read),
    )


def _phase(name: str, phase: tallies.Phase) -> Phase:
    average = phase.mean_ns if phase.count else math.nan
    return Phase(name, average / NS_PER_S, phase.min_ns / NS_PER_S, phase.max_ns / NS_PER_S)
