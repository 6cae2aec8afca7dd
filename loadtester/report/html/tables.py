"""What is said in figures: the verdict, the tiles, the tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from markupsafe import Markup

from commons.units import NS_PER_S
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.latency import Latency
from loadtester.load.measuring.result import RunResult
from loadtester.report.appendix import NO_RESPONSE, QUANTILES
from loadtester.report.base import Outcome, Report
from loadtester.report.html.svg import meter
from loadtester.report.summary import summarise
from loadtester.report.units import human_bytes, human_count, human_share, human_time
from loadtester.thresholds.measures.failures import failures

NOTHING = "none"
_FEW = Markup('<span class="few" title="too few requests to tell">n/a</span>')
_BADGE = Markup('<b class="{css}">{css}</b>')
_CODE = Markup("<code>{}</code>")


@dataclass(frozen=True)
class Table:
    """A table under a heading; a cell is text, or markup of ours."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    messages: Sequence[tuple[str, str]] = ()
    """Counts and texts that stand below it."""


@dataclass(frozen=True)
class Tile:
    """One number that is asked for first."""

    name: str
    value: str
    is_bad: bool = False


@dataclass(frozen=True)
class ShownVerdict:
    """How the run ended, and whether the numbers can be trusted."""

    css: str
    words: str
    limit: str
    reason: str
    is_doubtful: bool


def verdict(report: Report) -> ShownVerdict:
    """Whether the thresholds passed, and who was the limit."""
    css, words = _ending(report)
    limit = report.result.verdict
    return ShownVerdict(css, words, limit.limit, limit.reason, limit.limit is Limit.GENERATOR)


def _ending(report: Report) -> tuple[str, str]:
    total, failed = len(report.judgements), len(report.failed)
    if report.outcome is Outcome.INTERRUPTED:
        return "interrupted", "Interrupted: neither passed nor failed"
    if report.outcome is Outcome.NOT_JUDGED:
        return "neutral", "No thresholds were given"
    if failed:
        return "failed", f"{failed} of {total} thresholds failed"
    return "passed", "All thresholds passed" if total > 1 else "The threshold passed"


def thresholds(report: Report) -> Table:
    """Each threshold and what was measured."""
    rows = [
        (
            _BADGE.format(css="passed" if judgement.ok else "failed"),
            _CODE.format(judgement.threshold),
            judgement.measured,
        )
        for judgement in report.judgements
    ]
    return Table("Thresholds", ("", "Threshold", "Measured over all requests"), rows)


def tiles(result: RunResult) -> list[Tile]:
    """The numbers one asks for first. Latencies are those that thresholds are held against."""
    summary, latency = summarise(result), result.latency
    ended, failed = result.ended, failures(result)
    return [
        Tile("Requests", human_count(ended)),
        Tile("Per second", human_count(summary.requests_per_s)),
        Tile("p50 of all requests", _quantile(latency, 0.5)),
        Tile("p99 of all requests", _quantile(latency, 0.99)),
        Tile("Slowest request", _quantile(latency, 1.0)),
        Tile("Failures", human_share(failed / ended) if ended else NOTHING, failed > 0),
        Tile("Data", human_bytes(summary.total_bytes)),
    ]


def statuses(result: RunResult) -> Table:
    """Responses by status and failures by class, with the latencies of each."""
    ended = max(1, result.ended)
    rows = []
    for status, tally in sorted(result.statuses.items()):
        name = f"{status} {_phrase(status)}".strip()
        times = tally.response_time if result.is_open else tally.service_time
        rows.append(_outcome(name, f"s{status // 100}", tally.count, ended, times))
    for error, failed in sorted(result.errors.items()):
        rows.append(_outcome(error, "failed", failed.count, ended, failed.response_time))
    heads = ("Outcome", "Requests", "Share", "", "p50", "p99", "Slowest")
    messages = [(human_count(count), message) for message, count in result.error_messages()]
    return Table("Status and errors", heads, rows, messages)


def percentiles(result: RunResult) -> Table:
    """Response time, service time and lateness, side by side."""
    rows = [_spread("Service time", result.service_latency)]
    if result.is_open:
        rows = [
            _spread("Response time", result.response_latency),
            *rows,
            _spread("Lateness", Latency(result.lateness, 0)),
        ]
    heads = ("", "Fastest", *(f"p{percent:g}" for percent, _ in QUANTILES), "Slowest", "Mean")
    return Table("Percentiles of all requests", heads, rows)


def counts(result: RunResult) -> Table:
    """Where every arrival went."""
    c = result.counts
    entries = (
        ("Planned", c.planned, "arrivals that were due"),
        ("Sent", c.sent, "requests begun"),
        ("Answered", c.completed, "complete responses of any status"),
        ("Failed", c.errors, "ended without a complete response"),
        ("Dropped", c.dropped, "given up because every connection was busy, or missed ticks"),
        ("Unsent", c.unsent, "still waiting when the run ended"),
        ("Aborted", c.aborted, "cut off in flight by the end of the run"),
        ("Longest backlog", c.max_backlog, "arrivals that waited at one moment"),
        ("Connections", c.connections_opened, "opened"),
        ("Retried", c.resent, "sent again on a fresh connection, an idle one having died"),
    )
    rows = [(name, human_count(count), words) for name, count, words in entries]
    return Table("Every arrival", ("", "Count", ""), rows)


def phases(result: RunResult) -> Table:
    """Where the time of a request went, on average."""
    rows = [
        (phase.name, *map(_seconds, (phase.average_s, phase.fastest_s, phase.slowest_s)))
        for phase in summarise(result).phases
    ]
    return Table("Phases", ("", "Average", "Fastest", "Slowest"), rows)


def _quantile(latency: Latency, q: float) -> str:
    value_ns = latency.quantile_ns(q) if latency.count else None
    if value_ns is None:
        return NO_RESPONSE if latency.failed else NOTHING
    return human_time(value_ns)


def _seconds(value: float) -> str:
    return NOTHING if math.isnan(value) else human_time(value * NS_PER_S)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _outcome(name: str, css: str, count: int, ended: int, times: Histogram) -> Sequence[str]:
    share = count / ended
    spread = (human_time(times.quantile(q)) for q in (0.5, 0.99, 1.0))
    return (name, human_count(count), human_share(share), meter(share, css), *spread)


def _spread(name: str, latency: Latency) -> Sequence[str]:
    if not latency.times:
        nothing = NO_RESPONSE if latency.failed else NOTHING
        return (name, *[nothing] * (len(QUANTILES) + 3))
    middle = (
        _quantile(latency, percent / 100) if latency.count >= enough else _FEW
        for percent, enough in QUANTILES
    )
    mean = human_time(latency.times.mean_ns)
    return (name, human_time(latency.times.min_ns), *middle, _quantile(latency, 1.0), mean)
