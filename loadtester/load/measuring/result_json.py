"""A `RunResult` as JSON values and back, with a schema and its version."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.health import Health, Limit, Verdict
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.records import RawRecords
from loadtester.load.measuring.result import (
    HISTOGRAMS,
    SCHEMA,
    SCHEMA_VERSION,
    ResultFormatError,
    RunResult,
)
from loadtester.load.measuring.tallies import Counts, ErrorTally, Phases, StatusTally
from loadtester.load.measuring.timeline import Timeline

SCALARS = (
    "plan",
    "started_unix_ns",
    "issue_window_ns",
    "wall_ns",
    "interrupted",
    "bytes_read",
    "bytes_body",
    "bytes_written",
)


def encode_result(result: RunResult) -> dict[str, Any]:
    """Plain values, lossless."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "provenance": asdict(result.provenance),
        **{name: getattr(result, name) for name in SCALARS},
        "counts": asdict(result.counts),
        **{name: getattr(result, name).to_json() for name in HISTOGRAMS},
        "statuses": {
            str(status): {
                "count": tally.count,
                "response_time": tally.response_time.to_json(),
                "service_time": tally.service_time.to_json(),
            }
            for status, tally in sorted(result.statuses.items())
        },
        "errors": {
            error_class.value: {
                "count": tally.count,
                "response_time": tally.response_time.to_json(),
                "messages": dict(tally.messages),
            }
            for error_class, tally in sorted(result.errors.items())
        },
        "phases": result.phases.to_json(),
        "timeline": result.timeline.to_json(),
        "health": asdict(result.health),
        "verdict": {"limit": result.verdict.limit.value, "reason": result.verdict.reason},
        "records": result.records.to_json(),
    }


def decode_result(value: Any) -> RunResult:
    """The inverse of `encode_result`. ResultFormatError says which part is not as it should be."""
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise ResultFormatError(f"not a saved load result (no schema {SCHEMA!r})")
    if value.get("schema_version") != SCHEMA_VERSION:
        raise ResultFormatError(
            f"a load result of schema version {value.get('schema_version')!r};"
            f" this program reads version {SCHEMA_VERSION}"
        )
    from loadtester.load.measuring.result_schema import check_result  # a run needs no pydantic

    try:
        check_result(value)
        return _decode(value)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ResultFormatError(f"a damaged load result: {error}"[:300]) from error


def _decode(value: dict[str, Any]) -> RunResult:
    histograms: dict[str, Any] = {n: Histogram.from_json(value[n]) for n in HISTOGRAMS}
    return RunResult(
        **{name: value[name] for name in SCALARS},
        provenance=Provenance(**value["provenance"]),
        counts=Counts(**value["counts"]),
        **histograms,
        statuses={
            int(status): StatusTally(
                Histogram.from_json(tally["response_time"]),
                Histogram.from_json(tally["service_time"]),
            )
            for status, tally in value["statuses"].items()
        },
        errors={
            ErrorClass(error_class): ErrorTally(
                Histogram.from_json(tally["response_time"]), Counter(tally["messages"])
            )
            for error_class, tally in value["errors"].items()
        },
        phases=Phases.from_json(value["phases"]),
        timeline=Timeline.from_json(value["timeline"]),
        health=Health(**value["health"]),
        verdict=Verdict(Limit(value["verdict"]["limit"]), value["verdict"]["reason"]),
        records=RawRecords.from_json(value["records"]),
    )
