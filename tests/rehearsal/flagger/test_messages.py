"""Messages taken apart; every message that Flagger was recorded to say is known."""

from __future__ import annotations

import json

import pytest

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.messages import FORMS, MOST_CHARACTERS, take_apart
from tests.rehearsal.flagger.conformance.recording import recordings
from tests.rehearsal.specs import canary, hook, success_rate

PLAN = canary(
    metrics=[success_rate(), {"name": "error rate", "query": "up"}],
    webhooks=[hook("load test", "rollout"), hook("load test failed twice", "rollout")],
)
HALT = "Halt detail.flagger advancement"


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("Initialization done! detail.flagger", "initialized", {}),
        ("Advance detail.flagger canary weight 10", "advanced-weight", {"weight": "10"}),
        (
            "Advance detail.flagger canary iteration 1/3",
            "advanced-iteration",
            {"iteration": "1", "iterations": "3"},
        ),
        (
            f"{HALT} success rate 97.50% < 99%",
            "success-rate-halt",
            {"value": "97.50", "limit": "99"},
        ),
        (
            f"{HALT} request duration 1.5s > 500ms",
            "duration-halt",
            {"value": "1.5s", "limit": "500ms"},
        ),
        (
            f"{HALT} error rate 2.00 > 1",
            "custom-halt",
            {"metric": "error rate", "value": "2.00", "limit": "1"},
        ),
        (
            f"{HALT} other 2.00 < 1e+06",
            "custom-halt",
            {"metric": "other", "value": "2.00", "limit": "1e+06"},
        ),
        (
            f"{HALT} external check load test failed no",
            "rollout-failed",
            {"hook": "load test", "error": "no"},
        ),
        (
            f"{HALT} external check load test failed twice failed ",
            "rollout-failed",
            {"hook": "load test failed twice", "error": ""},
        ),
        (
            f"{HALT} external check unknown failed a failed b",
            "rollout-failed",
            {"hook": "unknown", "error": "a failed b"},
        ),
        (
            "detail-primary.flagger not ready: waiting",
            "primary-not-ready",
            {"reason": "waiting"},
        ),
        (
            "canary damonset detail.flagger not ready with retryable false: late",
            "canary-not-ready",
            {"retriable": "false", "reason": "late"},
        ),
        ("Prometheus query failed for q: no", "query-failed", {"metric": "q", "error": "no"}),
        ("Prometheus query failed: no", "builtin-query-failed", {"error": "no"}),
        ("Advance detail.flagger canary weight ten", "", {}),
        ("Advance other.flagger canary weight 10", "", {}),
        (f"{HALT} waiting for Godot", "", {}),
        ("", "", {}),
        ("Prometheus query failed: " + "x" * MOST_CHARACTERS, "", {}),
    ],
)
def test_messages(text: str, kind: str, fields: dict[str, str]) -> None:
    message = take_apart(text, PLAN)
    assert (message.kind, dict(message.fields), message.text) == (kind, fields, text)


def test_every_form_is_recognised_as_its_own_kind() -> None:
    values = {
        "weight": "5",
        "iteration": "1",
        "iterations": "2",
        "count": "3",
        "value": "1.00",
        "limit": "2",
        "canary": "detail.flagger",
        "target": "detail.flagger",
        "primary": "detail-primary.flagger",
    }
    durations = {**values, "value": "1s"}
    for kind, forms in FORMS.items():
        for form in forms:
            given = durations if kind == "duration-halt" else values
            fields = {name: given.get(name, "x") for name in _names(form)}
            assert take_apart(form.format(**fields), PLAN).kind == kind, form


def _names(form: str) -> list[str]:
    return [part.split("}")[0] for part in form.split("{")[1:]]


PASSED_ON = ("get query error", "not found", "must ", "failed: ", "doesn't support", "is not ready")
"""What is said in the errors of others, which Flagger prints as they are."""


@pytest.mark.parametrize("file", ["curated", "ordinary"])
def test_recorded_messages_are_known(file: str) -> None:
    kinds: set[str] = set()
    for recording in recordings(file):
        given = json.loads(json.dumps(recording.scenario).replace("NSNS", "flagger"))
        recorded = Canary(given["name"], "flagger", CanarySpec.model_validate(given["spec"]))
        for tick in recording.flagger.get("ticks") or ():
            for entry in tick["trace"]:
                if entry["k"] == "event":
                    message = take_apart(entry["msg"], recorded)
                    assert message.kind or any(text in message.text for text in PASSED_ON)
                    kinds.add(message.kind)
    assert len(kinds) > 30
