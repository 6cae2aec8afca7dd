import math
from typing import Any

import pytest

from rehearsal.output.reports.facts import RecordFacts, canary_facts
from rehearsal.recording.records import EventRecord, MetricRecord, NoteRecord
from tests.rehearsal.specs import canary, duration, hook, success_rate

NAME = "detail.flagger"
CUSTOM = {"name": "errors", "query": "up", "thresholdRange": {"min": 1, "max": 5}}
SUBJECT = canary(
    metrics=[success_rate(), duration(), CUSTOM],
    webhooks=[hook("gate", "confirm-rollout"), hook("load", "rollout"), hook("back", "rollback")],
)


def _facts(provider: str = "appmesh:v1beta2") -> RecordFacts:
    return RecordFacts({NAME: (SUBJECT, provider)})


def test_what_stands_in_a_canary() -> None:
    facts = canary_facts(SUBJECT, "istio")
    assert (facts["name"], facts["provider"]) == (NAME, "istio")
    assert (facts["target"], facts["primary"]) == ("detail", "detail-primary")
    assert facts["interval_s"] == 60
    assert [(m["name"], m["unit"], m["min"], m["max"]) for m in facts["metrics"]] == [
        ("request-success-rate", "%", 99, None),
        ("request-duration", "ms", None, 500),
        ("errors", "", 1, 5),
    ]
    assert facts["metrics"][2]["limits"] == "from 1 to 5"
    assert [gate["type"] for gate in facts["gates"]] == ["confirm-rollout", "rollback"]


def test_a_threshold_of_old_is_a_limit_too() -> None:
    metrics = [{"name": "request-success-rate", "threshold": 98}, {"name": "x", "threshold": 3}]
    old, other = canary_facts(canary(metrics=metrics), "istio")["metrics"]
    assert (old["min"], old["max"]) == (98, None)
    assert (other["min"], other["max"]) == (None, 3)


@pytest.mark.parametrize(
    ("message", "mark"),
    [
        (f"Initialization done! {NAME}", "initialized"),
        (f"New revision detected! Scaling up {NAME}", "new-revision"),
        (f"Halt {NAME} advancement success rate 12.00% < 99%", "halt"),
        (f"Halt {NAME} advancement waiting for approval gate", "waiting"),
        (f"Rolling back {NAME} failed checks threshold reached 1", "rolling-back"),
        (f"Canary failed! Scaling down {NAME}", "rolled-back"),
        (f"Promotion completed! Scaling down {NAME}", "promoted"),
        (f"Advance {NAME} canary weight 5", ""),
        ("<script>", ""),
    ],
)
def test_what_an_event_marks(message: str, mark: str) -> None:
    event = EventRecord(1, "Normal", message, NAME, "")
    assert _facts().to_json(event)["mark"] == mark
    elsewhere = EventRecord(1, "Normal", message, "other.ns", "")
    assert _facts().to_json(elsewhere)["mark"] == ""


@pytest.mark.parametrize(
    ("metric", "value", "measured", "passed"),
    [
        ("request-success-rate", 99.0, 99.0, True),
        ("request-success-rate", 98.9, 98.9, False),
        ("request-duration", 500.0, 500.0, True),
        ("request-duration", 501.0, 501.0, False),
        ("errors", 5.0, 5.0, True),
        ("errors", math.inf, "+Inf", False),
        ("errors", None, None, False),
        ("errors", math.nan, None, False),
        ("absent", 5.0, 5.0, None),
    ],
)
def test_what_a_check_was_given(metric: str, value: Any, measured: Any, passed: Any) -> None:
    found = _facts().to_json(MetricRecord(1, NAME, metric, "up", value))
    assert (found["measured"], found["passed"]) == (measured, passed)


def test_a_duration_in_seconds_is_measured_in_its_limits_unit() -> None:
    found = _facts("kubernetes").to_json(MetricRecord(1, NAME, "request-duration", "up", 0.501))
    assert found["measured"] == pytest.approx(501)
    assert (found["value"], found["passed"]) == (0.501, False)


def test_all_else_is_as_it_was() -> None:
    assert _facts().to_json(NoteRecord(1, "hi")) == NoteRecord(1, "hi").to_json()
