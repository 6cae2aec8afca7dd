"""What is said in figures: the verdict, the tiles, the tables."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from http import HTTPStatus

from commons.units import NS_PER_S
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result import RunResult
from loadtester.report.appendix import QUANTILES
from loadtester.report.base import Report
from loadtester.report.summary import headline, summarise
from loadtester.report.units import human_bytes, human_count, human_share, human_time
from loadtester.thresholds.measures.failures import failures

Cell = str


def verdict(report: Report) -> str:
    """Whether the thresholds were kept, and whether the numbers can be trusted."""
    kept, broken = len(report.judgements) - len(report.failed), len(report.failed)
    if broken:
        css, words = "broken", f"{broken} of {kept + broken} thresholds broken"
    elif kept:
        css, words = "kept", "Every threshold kept" if kept > 1 else "The threshold was kept"
    else:
        css, words = "neutral", "No thresholds were given"
    limit = report.result.verdict
    doubt = " doubt" if limit.limit is Limit.GENERATOR else ""
    return (
        f'<section class="verdict {css}"><strong>{words}</strong>'
        f'<span class="limit{doubt}">{escape(limit.limit)}: {escape(limit.reason)}</span></section>'
    )


def thresholds(report: Report) -> str:
    """Each threshold and what was measured."""
    if not report.judgements:
        return ""
    lines = [
        (
            f'<b class="{"kept" if j.ok else "broken"}">{"kept" if j.ok else "broken"}</b>',
            f"<code>{escape(str(j.threshold))}</code>",
            escape(j.measured),
        )
        for j in report.judgements
    ]
    return _section("Thresholds", _table(("", "Promise", "Measured"), lines))


def tiles(result: RunResult) -> str:
    """The numbers one asks for first."""
    summary, times = summarise(result), headline(result)
    ended = result.counts.completed + result.counts.errors
    failed = failures(result)
    entries = [
        ("Requests", human_count(ended), ""),
        ("Per second", human_count(summary.requests_per_s), ""),
        ("Median", human_time(times.quantile(0.5)) if times else "none", ""),
        ("99%", human_time(times.quantile(0.99)) if times else "none", ""),
        ("Slowest", human_time(times.max_ns) if times else "none", ""),
        ("Failures", human_share(failed / ended) if ended else "none", "bad" if failed else ""),
        ("Data", human_bytes(summary.total_bytes), ""),
    ]
    cells = (
        f'<div class="{css}"><dt>{name}</dt><dd>{value}</dd></div>' for name, value, css in entries
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def statuses(result: RunResult) -> str:
    """Responses by status and failures by class, with the latencies of each."""
    ended = max(1, result.counts.completed + result.counts.errors)
    lines = []
    for status, tally in sorted(result.statuses.items()):
        name = f"{status} {_phrase(status)}".strip()
        times = tally.response_time if result.is_open else tally.service_time
        lines.append(_outcome(name, f"s{status // 100}", tally.count, ended, times))
    for error, failed in sorted(result.errors.items()):
        lines.append(_outcome(error, "failed", failed.count, ended, failed.response_time))
    heads = ("Outcome", "Requests", "Share", "", "Median", "99%", "Slowest")
    return _section("Status and errors", _table(heads, lines) + _messages(result))


def percentiles(result: RunResult) -> str:
    """Response time, service time and lateness, side by side."""
    rows = [("Service time", result.service_time)]
    if result.is_open:
        rows = [("Response time", result.response_time), *rows, ("Lateness", result.lateness)]
    heads = ("", "Fastest", *(f"{percent:g}%" for percent, _ in QUANTILES), "Slowest", "Mean")
    return _section("Percentiles", _table(heads, [_spread(name, times) for name, times in rows]))


def counts(result: RunResult) -> str:
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
        ("Sent again", c.resent, "on a fresh connection, an idle one having died"),
    )
    lines = [(name, human_count(count), escape(words)) for name, count, words in entries]
    return _section("Every arrival", _table(("", "Count", ""), lines))


def phases(result: RunResult) -> str:
    """Where the time of a request went, on average."""
    lines = [
        (phase.name, *map(_seconds, (phase.average_s, phase.fastest_s, phase.slowest_s)))
        for phase in summarise(result).phases
    ]
    return _section("Phases", _table(("", "Average", "Fastest", "Slowest"), lines))


def _seconds(value: float) -> str:
    return "none" if math.isnan(value) else human_time(value * NS_PER_S)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _outcome(name: str, css: str, count: int, ended: int, times: Histogram) -> Sequence[Cell]:
    share = count / ended
    meter = f'<span class="meter"><i class="{css}" style="width:{share * 100:.2f}%"></i></span>'
    spread = (human_time(times.quantile(q)) for q in (0.5, 0.99, 1.0))
    return (escape(name), human_count(count), human_share(share), meter, *spread)


def _spread(name: str, times: Histogram) -> Sequence[Cell]:
    if not times:
        return (name, *["none"] * (len(QUANTILES) + 3))
    total = times.count
    few = '<span class="few" title="too few requests to tell">n/a</span>'
    middle = (
        human_time(times.quantile(percent / 100)) if total >= enough else few
        for percent, enough in QUANTILES
    )
    return (
        name,
        human_time(times.min_ns),
        *middle,
        human_time(times.max_ns),
        human_time(times.mean_ns),
    )


def _messages(result: RunResult) -> str:
    pairs = result.error_messages()
    items = "".join(
        f"<li><b>{human_count(n)}</b> <code>{escape(text)}</code></li>" for text, n in pairs
    )
    return f'<ul class="messages">{items}</ul>' if pairs else ""


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _table(heads: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in lines
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'
