"""The report against its schema: every kind of record, and real rehearsals in a simulated world."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rehearsal.output.reports import REPORTS, json_report
from rehearsal.output.web.page import render_report
from rehearsal.recording.records import (
    AlertRecord,
    ClockRecord,
    FaultRecord,
    GaugeRecord,
    HookRecord,
    LatenessRecord,
    MetricRecord,
    NoteRecord,
    OutputRecord,
    Record,
    ReplicaRecord,
)
from tests.rehearsal.output.web.played import NAME, document, played, the_data_in

SCHEMA = json.loads((Path(json_report.__file__).parent / "report.schema.json").read_text())
EVERY_OTHER: list[Record] = [
    AlertRecord(1, "error", "m", NAME, None, (("a", "b"),)),
    ClockRecord(1, 20.0, True),
    FaultRecord(1, "f", "delivered", 5, 2),
    GaugeRecord(1, "g", float("inf"), {"a": "b"}),
    HookRecord(1, NAME, "h", "rollout", "no"),
    LatenessRecord(1, "a tick", 2.5),
    MetricRecord(1, NAME, "x", "up", float("nan"), "", ("a",)),
    NoteRecord(1, "n"),
    OutputRecord(1, "o"),
    ReplicaRecord(1, "p", "w", "r", "ready", "", "detail:1"),
]


def validate(value: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(value)


@pytest.mark.parametrize("scenario", ["tutorial", "errors"])
def test_a_report_is_as_its_schema_says(scenario: str) -> None:
    finished = played(scenario, *EVERY_OTHER)
    validate(json.loads(REPORTS[".json"](finished)))
    validate(the_data_in(render_report(finished)))


def test_every_kind_of_record_has_its_place_in_the_schema() -> None:
    known = (definition["properties"] for definition in SCHEMA["$defs"].values())
    kinds = {fields["kind"]["const"] for fields in known if "kind" in fields}
    subclasses = {kind.kind for kind in Record.__subclasses__()}
    assert kinds >= subclasses - {"log"}


def test_the_schema_refuses_what_it_does_not_know() -> None:
    value = json.loads(REPORTS[".json"](document()))
    for change in ({"more": 1}, {"state": "good"}, {"records": [{"kind": "note", "time_s": 1}]}):
        with pytest.raises(jsonschema.ValidationError):
            validate({**value, **change})
