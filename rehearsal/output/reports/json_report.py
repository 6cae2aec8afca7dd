"""The report as JSON: the steps, and the records of what mattered, as they came."""

import json
import math
from datetime import UTC, datetime
from typing import Any

from rehearsal.output.reports.document import ReportDocument
from rehearsal.recording.records import LogRecord, OutputRecord, Record

SCHEMA_VERSION = 1
_LEFT_OUT = (LogRecord, OutputRecord)


def render_json(document: ReportDocument) -> str:
    """One JSON object with a line break at its end."""
    started = datetime.fromtimestamp(document.started_at_s, UTC)
    value = {
        "schema_version": SCHEMA_VERSION,
        "version": document.version,
        "canary": document.canary,
        "provider": document.provider,
        "scenario": document.scenario,
        "started_at": started.isoformat(timespec="milliseconds"),
        "speed": document.speed,
        "state": document.state,
        "exit_code": document.exit_code,
        "interrupted": document.interrupted,
        "steps": [outcome.to_json() for outcome in document.outcomes],
        "records": [_plain(r) for r in document.records if not isinstance(r, _LEFT_OUT)],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _plain(record: Record) -> dict[str, Any]:
    return {key: _finite(value) for key, value in record.to_json().items()}


def _finite(value: Any) -> Any:
    """JSON has no infinities: they are written as Prometheus writes them."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    return value
