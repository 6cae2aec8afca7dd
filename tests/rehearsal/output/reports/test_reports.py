import json
import math
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.errors import UserError
from rehearsal.output.reports import REPORTS, ReportDocument, find_report
from rehearsal.recording.records import (
    EventRecord,
    GaugeRecord,
    LogRecord,
    MetricRecord,
)
from rehearsal.scenario.outcome import StepOutcome, TrafficSummary
from rehearsal.scenario.step import Step

NAME = "detail.flagger"


def _document(*outcomes: StepOutcome, **more: Any) -> ReportDocument:
    records = [
        LogRecord(0.0, "info", "logged", None, "x.go:1"),
        EventRecord(1.0, "Warning", f"Halt {NAME} advancement x 9.00 > 1", NAME, "Progressing"),
        GaugeRecord(1.0, "flagger_canary_metric_analysis", math.inf),
        MetricRecord(1.0, NAME, "x", "vector(9)", 9.0),
    ]
    fields = {
        "version": "1.2.3",
        "canary": NAME,
        "provider": "istio",
        "scenario": "tutorial",
        "started_at_s": 1_790_000_000.0,
        "speed": 20.0,
        "outcomes": outcomes,
        "records": records,
        "exit_code": 1,
    }
    return ReportDocument(**{**fields, **more})


def _outcome(name: str, state: Any, *complaints: str, **traffic: int) -> StepOutcome:
    outcome = StepOutcome(Step(name, name.title()), state, list(complaints), "promoted")
    outcome.traffic = TrafficSummary(Counter(traffic), {5: Counter(canary=1)}, 2, ["/: status 500"])
    outcome.messages = ["Initialization done!"]
    outcome.deliveries = {"status 500": (40, 2)}
    return outcome


MIXED = (
    _outcome("one", "passed", primary=9, canary=1),
    _outcome("two", "failed", "expected a | b, got <c>", primary=5),
    _outcome("three", "inconclusive", "this machine was too slow"),
    _outcome("four", "not run"),
)


def test_json_has_steps_and_records_in_order() -> None:
    value = json.loads(REPORTS[".json"](_document(*MIXED)))
    assert (value["state"], value["exit_code"], value["schema_version"]) == ("failed", 1, 1)
    assert value["started_at"] == "2026-09-21T14:13:20.000+00:00"
    assert [step["state"] for step in value["steps"]] == [o.state for o in MIXED]
    first = value["steps"][0]
    assert (first["requests"], first["failed_requests"]) == (10, 2)
    assert first["requests_by_weight"] == {"5": {"canary": 1}}
    assert first["faults"] == [{"fault": "status 500", "matched": 40, "delivered": 2}]
    assert [record["kind"] for record in value["records"]] == ["event", "gauge", "metric"]
    assert value["records"][1]["value"] == "+Inf"


def test_markdown_is_a_table_and_what_differed() -> None:
    text = REPORTS[".md"](_document(*MIXED))
    assert text.startswith("## Rehearsal of detail.flagger: failed\n")
    assert "| one | ✅ passed | promoted | 10 | 2 |" in text
    assert "- **two**: expected a \\| b, got \\<c\\>" in text
    assert "x at each check: 9" in text


def test_junit_has_a_case_for_each_step() -> None:
    (suite,) = ET.fromstring(REPORTS[".xml"](_document(*MIXED)))
    assert suite.attrib == {
        "name": NAME,
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    tags = [[child.tag for child in case] for case in suite]
    assert tags == [
        ["system-out"],
        ["failure", "system-out"],
        ["error", "system-out"],
        ["skipped", "system-out"],
    ]


@given(st.text(max_size=50))
def test_any_text_can_be_reported(text: str) -> None:
    document = _document(_outcome("one", "failed", text), canary=text, scenario=text)
    ET.fromstring(REPORTS[".xml"](document))
    json.loads(REPORTS[".json"](document))
    assert REPORTS[".md"](document)


def test_the_ending_of_the_name_chooses() -> None:
    assert find_report(Path("a.JSON")) is REPORTS[".json"]
    with pytest.raises(UserError, match=r"must end in .*\.json.*\.xml"):
        find_report(Path("report.pdf"))
