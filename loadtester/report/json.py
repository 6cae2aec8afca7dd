"""The run as JSON: the numbers a script asks for first, then everything measured, lossless.

The same document is what `--save` writes and `hey report` and `hey diff` read.
"""

import json
from typing import Any

from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.result_json import encode_result
from loadtester.report.base import Report
from loadtester.report.summary import Summary, headline, summarise
from loadtester.thresholds.verdict import Judgement

SCHEMA = "canary-rehearsal/hey-report"
SCHEMA_VERSION = 1
PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999)


def render(report: Report) -> str:
    """One JSON object and a newline. Times are in seconds, but for `result`, which names units."""
    return json.dumps(document(report), allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The object that `render` writes."""
    result = report.result
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        "ok": not report.failed,
        "thresholds": [_threshold(judgement) for judgement in report.judgements],
        "verdict": {"limit": result.verdict.limit.value, "reason": result.verdict.reason},
        "summary": _summary(summarise(result)),
        "latency_s": {
            "responses": _latency(headline(result)),
            "response": _latency(result.response_time),
            "service": _latency(result.service_time),
            "lateness": _latency(result.lateness),
        },
        "result": encode_result(result),
    }


def _threshold(judgement: Judgement) -> dict[str, Any]:
    return {
        "threshold": str(judgement.threshold),
        "ok": judgement.ok,
        "value": judgement.value,
        "unit": judgement.threshold.unit.value,
        "actual": judgement.measured,
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "total_s": summary.total_s,
        "requests_per_s": summary.requests_per_s,
        "total_bytes": summary.total_bytes,
        "statuses": {str(status): count for status, count in sorted(summary.statuses.items())},
        "errors": dict(summary.errors),
    }


def _latency(times: Histogram) -> dict[str, Any] | None:
    if not times:
        return None
    return {
        "count": times.count,
        "min": times.min_ns / NS_PER_S,
        "mean": times.mean_ns / NS_PER_S,
        "max": times.max_ns / NS_PER_S,
        "percentiles": {
            f"{percent:g}": times.quantile(percent / 100) / NS_PER_S for percent in PERCENTS
        },
    }
