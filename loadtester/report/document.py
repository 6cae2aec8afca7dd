"""The report of a run as a document: what `-o json` prints, `--save` writes and others read.

Times are in seconds but for `result`, whose fields name their units. `Any` stands for the
measurements of `loadtester.load.measuring.result_json`, which checks them when it reads them.
"""

import json
from typing import Any, TypedDict, cast

SCHEMA = "canary-rehearsal/hey-report"
SCHEMA_VERSION = 2


class ThresholdEntry(TypedDict):
    """One threshold and what was measured."""

    threshold: str
    ok: bool
    value: float | None
    """In `unit`; None when there was nothing to hold against the bound."""
    unit: str
    actual: str
    """The value, or why there is none, for a reader."""


class VerdictEntry(TypedDict):
    """Who was the limit of the run."""

    limit: str
    reason: str


class RunEntry(TypedDict):
    """Where the run comes from."""

    program: str
    version: str
    command: str
    host: str
    system: str
    python: str
    started: str | None
    """RFC 3339, in UTC."""


class SummaryEntry(TypedDict):
    """The numbers of hey's summary."""

    total_s: float
    requests_per_s: float
    total_bytes: int
    statuses: dict[str, int]
    errors: dict[str, int]
    """By message."""
    aborted: int
    """Requests that the end of the run cut off."""


class LatencyEntry(TypedDict):
    """A distribution. A value that is None belongs to a request without a response."""

    count: int
    without_response: int
    min: float
    mean: float
    """Of the requests that have a time."""
    max: float | None
    percentiles: dict[str, float | None]


class LatencyEntries(TypedDict):
    """The distributions; None where nothing was measured."""

    responses: LatencyEntry | None
    """Of responses alone, as in the summary."""
    response: LatencyEntry | None
    """Response time of every request; one without a response is slower than all others."""
    service: LatencyEntry | None
    """Service time, in the same way."""
    lateness: LatencyEntry | None


class ReportDocument(TypedDict):
    """A whole report."""

    schema: str
    schema_version: int
    title: str
    run: RunEntry
    outcome: str
    """`passed`, `failed`, `interrupted` or `not judged`."""
    ok: bool | None
    """Whether no threshold failed; None when the run was interrupted."""
    interrupted: bool
    thresholds: list[ThresholdEntry]
    verdict: VerdictEntry
    summary: SummaryEntry
    latency_s: LatencyEntries
    result: dict[str, Any]


def read_document(text: str) -> ReportDocument | None:
    """The report in a text; None when it is not one of a version that is known here.

    Its frame is checked; `result` is checked by whoever decodes it.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        return None
    if value.get("schema_version") != SCHEMA_VERSION or not set(_KEYS) <= value.keys():
        return None
    return cast(ReportDocument, value)


_KEYS = tuple(ReportDocument.__annotations__)
