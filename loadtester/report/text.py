"""hey's summary, line for line, so that whatever reads hey's output reads ours.

The layout, down to its stray spaces and blank lines, is that of the template in hey 0.1.4's
`requester/print.go`. What hey has no line for follows after it (see `appendix`).
"""

import math
from collections.abc import Iterable

from loadtester.report import appendix
from loadtester.report.base import Report
from loadtester.report.summary import Bar, Phase, Summary, summarise

BAR = "■"
BAR_WIDTH = 40


def render(report: Report) -> str:
    """hey's summary of a run, then what hey would have had no words for."""
    return summary_text(summarise(report.result)) + appendix.render(report)


def summary_text(summary: Summary) -> str:
    """The text hey prints for a finished run."""
    return "\n".join(
        [
            "",
            *_head(summary),
            "",
            "Response time histogram:",
            *_bars(summary.bars),
            "",
            "",
            "Latency distribution:",
            *(
                f"  {percent}% in {number(seconds)} secs"
                for percent, seconds in summary.percentiles
            ),
            "",
            "Details (average, fastest, slowest):",
            *(_phase(phase) for phase in summary.phases),
            "",
            "Status code distribution:",
            *(
                f"  [{status}]\t{count} responses"
                for status, count in sorted(summary.statuses.items())
            ),
            "",
            *_errors(summary),
            "",
            "",
        ]
    )


def number(value: float) -> str:
    """A number as Go's `%4.4f` prints it; a mean of nothing is ` NaN`."""
    return " NaN" if math.isnan(value) else f"{value:4.4f}"


def _head(summary: Summary) -> list[str]:
    lines = [
        "Summary:",
        f"  Total:\t{number(summary.total_s)} secs",
        f"  Slowest:\t{number(summary.slowest_s)} secs",
        f"  Fastest:\t{number(summary.fastest_s)} secs",
        f"  Average:\t{number(summary.average_s)} secs",
        f"  Requests/sec:\t{number(summary.requests_per_s)}",
        "  ",
    ]
    if summary.total_bytes > 0:
        lines.append(f"  Total data:\t{summary.total_bytes} bytes")
        lines.append(f"  Size/request:\t{summary.bytes_per_request} bytes")
    return lines


def _bars(bars: Iterable[Bar]) -> list[str]:
    rows = list(bars)
    tallest = max((row.count for row in rows), default=0)
    return [f"  {row.upto_s:4.3f} [{row.count}]\t|{_bar(row.count, tallest)}" for row in rows]


def _bar(count: int, tallest: int) -> str:
    return BAR * ((count * BAR_WIDTH + tallest // 2) // tallest) if tallest else ""


def _phase(phase: Phase) -> str:
    times = ", ".join(
        f"{number(value)} secs" for value in (phase.average_s, phase.fastest_s, phase.slowest_s)
    )
    return f"  {phase.name}:\t{times}"


def _errors(summary: Summary) -> list[str]:
    if not summary.errors:
        return [""]
    lines = (f"  [{count}]\t{message}" for message, count in sorted(summary.errors.items()))
    return ["Error distribution:", *lines]
