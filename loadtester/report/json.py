"""The run as JSON: the numbers a script asks for first, then everything measured, lossless."""

import datetime
import json

from commons.units import NS_PER_S
from loadtester.load.measuring.latency import Latency
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.result_json import encode_result
from loadtester.report.base import Outcome, Report
from loadtester.report.document import (
    SCHEMA,
    SCHEMA_VERSION,
    LatencyEntry,
    ReportDocument,
    RunEntry,
    SummaryEntry,
    ThresholdEntry,
)
from loadtester.report.summary import headline, summarise
from loadtester.thresholds.measures.base import Missing
from loadtester.thresholds.verdict import Judgement

PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999)


def render(report: Report) -> str:
    """One JSON object and a newline."""
    return json.dumps(document(report), allow_nan=False) + "\n"


def document(report: Report) -> ReportDocument:
    """The object that `render` writes."""
    result = report.result
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        "run": _run(result),
        "outcome": report.outcome.value,
        "ok": None if report.outcome is Outcome.INTERRUPTED else not report.failed,
        "interrupted": result.interrupted,
        "thresholds": [_threshold(judgement) for judgement in report.judgements],
        "verdict": {"limit": result.verdict.limit.value, "reason": result.verdict.reason},
        "summary": _summary(result),
        "latency_s": {
            "responses": _latency(Latency(headline(result), 0)),
            "response": _latency(result.response_latency),
            "service": _latency(result.service_latency),
            "lateness": _latency(Latency(result.lateness, 0)),
        },
        "result": encode_result(result),
    }


def _run(result: RunResult) -> RunEntry:
    started = None
    if result.started_unix_ns:
        seconds = result.started_unix_ns / NS_PER_S
        started = datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
    made_by = result.provenance
    return {
        "program": made_by.program,
        "version": made_by.version,
        "command": made_by.command,
        "host": made_by.host,
        "system": made_by.system,
        "python": made_by.python,
        "started": started,
    }


def _threshold(judgement: Judgement) -> ThresholdEntry:
    value = judgement.value
    return {
        "threshold": str(judgement.threshold),
        "ok": judgement.ok,
        "value": None if isinstance(value, Missing) else value,
        "unit": judgement.threshold.unit.value,
        "actual": judgement.measured,
    }


def _summary(result: RunResult) -> SummaryEntry:
    summary = summarise(result)
    return {
        "total_s": summary.total_s,
        "requests_per_s": summary.requests_per_s,
        "total_bytes": summary.total_bytes,
        "statuses": {str(status): count for status, count in sorted(summary.statuses.items())},
        "errors": dict(summary.errors),
        "aborted": result.counts.aborted,
    }


def _latency(latency: Latency) -> LatencyEntry | None:
    times = latency.times
    if not times:
        return None
    return {
        "count": latency.count,
        "without_response": latency.failed,
        "min": times.min_ns / NS_PER_S,
        "mean": times.mean_ns / NS_PER_S,
        "max": _seconds(latency.max_ns),
        "percentiles": {
            f"{percent:g}": _seconds(latency.quantile_ns(percent / 100)) for percent in PERCENTS
        },
    }


def _seconds(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / NS_PER_S
