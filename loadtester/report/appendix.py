"""What follows hey's summary: what hey has no line for."""

from commons.durations import format_duration_s
from commons.units import NS_PER_S
from loadtester.load.measuring.latency import Latency
from loadtester.load.measuring.result import RunResult
from loadtester.report.base import Report

QUANTILES = ((50, 1), (90, 10), (99, 100), (99.9, 1_000), (99.99, 10_000), (99.999, 100_000))
"""Percent, and how many samples it takes to speak of it."""
NO_RESPONSE = "no response"


def render(report: Report) -> str:
    """The appendix; empty for a complete closed run of unknown origin without thresholds."""
    sections = [_ending(report.result)]
    if report.result.is_open:
        sections += [_schedule(report), _times(report)]
    sections += [_thresholds(report), _run(report)]
    return "".join("\n".join([*lines, "", ""]) for lines in sections if lines)


def _ending(result: RunResult) -> list[str]:
    """How the run ended, where that is not by its plan."""
    lines = []
    if result.interrupted:
        lines.append("  Interrupted by a signal: these are the numbers up to then.")
    if result.counts.aborted and not result.is_open:
        lines.append(
            f"  Cut off in flight:\t{result.counts.aborted} requests, counted nowhere above"
        )
    return ["Ending:", *lines] if lines else []


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
        ("Response", result.response_latency, "from the planned moment"),
        ("Service", result.service_latency, "from the send"),
        ("Lateness", Latency(result.lateness, 0), "of the send"),
    )
    total = result.response_latency.count
    columns = [percent for percent, enough in QUANTILES if total >= enough]
    lines = [
        "Percentiles of all requests, slowest those without a response:",
        "  \t" + "\t".join([*(f"p{percent:g}" for percent in columns), "max"]),
    ]
    lines += [
        f"  {name}\t" + "\t".join(_row(times, columns)) + f"\t{what}" for name, times, what in rows
    ]
    return lines


def _row(latency: Latency, percents: list[float]) -> list[str]:
    quantiles = (latency.quantile_ns(percent / 100) for percent in percents)
    return [_time(value_ns, latency) for value_ns in (*quantiles, latency.max_ns)]


def _time(value_ns: int | None, latency: Latency) -> str:
    if value_ns is None:
        return NO_RESPONSE if latency.failed else "0s"
    return format_duration_s(float(f"{value_ns / NS_PER_S:.3g}"))


def _thresholds(report: Report) -> list[str]:
    lines = [
        f"  {'ok' if judgement.ok else 'FAILED'}\t{judgement.threshold}\t{judgement.measured}"
        for judgement in report.judgements
    ]
    return ["Thresholds, over all requests:", *lines] if lines else []


def _run(report: Report) -> list[str]:
    if not report.origin:
        return []
    command = report.result.provenance.command
    return ["Run:", f"  {report.origin}", *([f"  {command}"] if command else [])]
