"""What follows hey's summary when the run had what hey has not: a schedule, or thresholds."""

from commons.durations import format_duration_s
from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.report.base import Report

QUANTILES = ((50, 1), (90, 10), (99, 100), (99.9, 1_000), (99.99, 10_000), (99.999, 100_000))
"""Percent, and how many samples it takes to speak of it."""


def render(report: Report) -> str:
    """The appendix, empty for a run that hey itself could have made."""
    sections = []
    if report.result.is_open:
        sections += [_schedule(report), _times(report)]
    if report.judgements:
        sections.append(_thresholds(report))
    return "".join("\n".join([*lines, "", ""]) for lines in sections)


def _schedule(report: Report) -> list[str]:
    result, counts = report.result, report.result.counts
    schedule = result.plan.get("pacing", {}).get("schedule", "")
    return [
        "Schedule:",
        f"  Arrivals:\t{schedule}",
        f"  Planned:\t{counts.planned} requests, {result.planned_rps:.4f}/sec",
        f"  Sent:\t{counts.sent} requests, {result.sent_rps:.4f}/sec",
        f"  Not sent:\t{counts.dropped} dropped, {counts.unsent} left in the backlog"
        f" ({counts.max_backlog} at most)",
        f"  Cut off:\t{counts.aborted} requests",
        f"  Verdict:\t{result.verdict.limit}: {result.verdict.reason}",
    ]


def _times(report: Report) -> list[str]:
    result = report.result
    rows = (
        ("Response", result.response_time, "from the planned moment, failures too"),
        ("Service", result.service_time, "from the send"),
        ("Lateness", result.lateness, "of the send"),
    )
    columns = [percent for percent, enough in QUANTILES if result.response_time.count >= enough]
    lines = ["Percentiles:", "  \t" + "\t".join([*(f"p{percent:g}" for percent in columns), "max"])]
    lines += [
        f"  {name}\t" + "\t".join(_row(times, columns)) + f"\t{what}" for name, times, what in rows
    ]
    return lines


def _row(times: Histogram, percents: list[float]) -> list[str]:
    values_ns = [*(times.quantile(percent / 100) for percent in percents), times.max_ns]
    return [format_duration_s(float(f"{value_ns / NS_PER_S:.3g}")) for value_ns in values_ns]


def _thresholds(report: Report) -> list[str]:
    lines = (
        f"  {'ok' if judgement.ok else 'FAILED'}\t{judgement.threshold}\t{judgement.measured}"
        for judgement in report.judgements
    )
    return ["Thresholds:", *lines]
