"""The run as Markdown: for the summary of a pipeline's job, or a comment on a change."""

from collections.abc import Iterable, Sequence

from loadtester.load.measuring.latency import Latency
from loadtester.report.appendix import NO_RESPONSE
from loadtester.report.base import Outcome, Report
from loadtester.report.summary import summarise
from loadtester.report.units import human_count, human_share, human_time

HEADLINES = {
    Outcome.PASSED: "✅ All thresholds passed",
    Outcome.FAILED: "❌ Thresholds failed",
    Outcome.INTERRUPTED: "⚠️ Interrupted: neither passed nor failed",
    Outcome.NOT_JUDGED: "No thresholds were given",
}
PERCENTS = (50, 90, 95, 99, 99.9)


def render(report: Report) -> str:
    """A heading, the verdict and three tables."""
    verdict = report.result.verdict
    parts = [
        f"## {escape(report.title or report.target or 'Load run')}",
        f"**{HEADLINES[report.outcome]}** · {verdict.limit}: {escape(verdict.reason)}",
        table(("Threshold", "Measured", "Result"), _thresholds(report))
        if report.judgements
        else "",
        table(("Requests", "Per second", *_columns()), [_numbers(report)]),
        table(("Outcome", "Requests", "Share"), _outcomes(report)),
        _origin(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are already Markdown; numbers stand to the right."""
    lines = [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def escape(text: str) -> str:
    """Text without meaning in Markdown, HTML or a table, on one line."""
    flat = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#|!~&" else char for char in flat)


def code(text: str) -> str:
    """Text as code, within a table too."""
    flat = " ".join(text.split())
    longest = max((len(run) for run in _ticks(flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat.replace('|', chr(92) + '|')}{pad}{fence}"


def _ticks(text: str) -> Iterable[str]:
    run = ""
    for char in text:
        run = run + char if char == "`" else ""
        yield run


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _columns() -> list[str]:
    return [*(f"p{percent:g}" for percent in PERCENTS), "max"]


def _thresholds(report: Report) -> list[tuple[str, str, str]]:
    return [
        (code(str(j.threshold)), escape(j.measured), "passed" if j.ok else "**failed**")
        for j in report.judgements
    ]


def _numbers(report: Report) -> list[str]:
    result = report.result
    latency = result.latency
    times = (latency.quantile_ns(percent / 100) for percent in PERCENTS)
    rate = human_count(summarise(result).requests_per_s)
    cells = (_time(value_ns, latency) for value_ns in (*times, latency.max_ns))
    return [human_count(result.ended), rate, *cells]


def _time(value_ns: int | None, latency: Latency) -> str:
    if value_ns is None:
        return NO_RESPONSE if latency.failed else "none"
    return human_time(value_ns)


def _outcomes(report: Report) -> list[tuple[str, str, str]]:
    result = report.result
    counts = [(str(status), tally.count) for status, tally in sorted(result.statuses.items())]
    counts += [(error.value, tally.count) for error, tally in sorted(result.errors.items())]
    aborted = result.counts.aborted
    counts += [("cut off at the end", aborted)] if aborted else []
    total = max(1, result.ended + aborted)
    return [(name, human_count(count), human_share(count / total)) for name, count in counts]


def _origin(report: Report) -> str:
    if not report.origin:
        return ""
    command = report.result.provenance.command
    return f"{escape(report.origin)}{f': {code(command)}' if command else ''}"
