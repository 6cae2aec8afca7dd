"""The report as JSON: the canaries, the steps, and the records of what mattered, as they came.

Its schema is `report.schema.json` beside this file.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rehearsal.output.reports.document import ReportDocument
from rehearsal.output.reports.facts import Json, RecordFacts, canary_facts
from rehearsal.output.reports.traced import traced_value
from rehearsal.output.verdict import explain_ending
from rehearsal.recording.records import LogRecord, OutputRecord, Record

SCHEMA_VERSION = 1
_LEFT_OUT = (LogRecord, OutputRecord)


def render_json(document: ReportDocument) -> str:
    """One JSON object with a line break at its end."""
    kept = (r for r in document.records if not isinstance(r, _LEFT_OUT))
    value = report_value(document, kept)
    if document.traced is not None:
        value["traces"] = traced_value(document.traced)
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def report_value(document: ReportDocument, records: Iterable[Record]) -> Json:
    """The report as an object, with these of its records."""
    started = datetime.fromtimestamp(document.started_at_s, UTC)
    facts = RecordFacts({c.full_name: (c, provider) for c, provider in document.canaries})
    value: dict[str, Any] = {
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
        "canaries": [canary_facts(*pair) for pair in document.canaries],
        "steps": [outcome.to_json() for outcome in document.outcomes],
        "why": [line.strip() for line in explain_ending(document.records, document.canary)],
        "records": [facts.to_json(record) for record in records],
    }
    return value
