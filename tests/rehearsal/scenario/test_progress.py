from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Phase
from rehearsal.recording import Record
from rehearsal.recording.records import EventRecord, HookRecord, StatusRecord, WeightRecord
from rehearsal.scenario.progress import event_text, find_ending, is_met
from rehearsal.scenario.step import Condition
from tests.rehearsal.specs import canary

NAME = "detail.flagger"


def _statuses(*phases: str) -> list[Record]:
    return [StatusRecord(0.0, NAME, phase, 0, 0, 0) for phase in phases]


@pytest.mark.parametrize(
    ("phases", "ending"),
    [
        ((), None),
        (("Initializing",), None),
        (("Initializing", "Initialized"), "initialized"),
        (("Progressing",), None),
        (("Progressing", "Promoting", "Finalising"), None),
        (("Progressing", "Promoting", "Finalising", "Succeeded"), "promoted"),
        (("Progressing", "Failed"), "rolled-back"),
        (("Waiting",), None),
        (("Waiting", "Progressing", "Succeeded"), "promoted"),
        (("Succeeded",), None),
        (("Failed",), None),
        (("Progressing", "Failed", "Progressing"), None),
        (("Progressing", "Succeeded", "Progressing", "Failed"), "rolled-back"),
    ],
)
def test_endings_are_read_from_phases(phases: tuple[str, ...], ending: str | None) -> None:
    assert find_ending(_statuses(*phases), NAME) == ending
    assert find_ending(_statuses(*phases), "other.flagger") is None


RECORDS: list[Record] = [
    *_statuses("Progressing"),
    EventRecord(0.0, "Normal", "Starting canary analysis for detail.flagger", NAME, ""),
    WeightRecord(0.0, NAME, 90, 10),
    HookRecord(0.0, NAME, "gate", "confirm-promotion", "Forbidden"),
]


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (Condition(), True),
        (Condition(phase="Progressing"), True),
        (Condition(phase="Succeeded"), False),
        (Condition(event="Starting canary analysis for {target}"), True),
        (Condition(event="Starting"), True),
        (Condition(event="canary analysis"), False),
        (Condition(weight=10), True),
        (Condition(weight=11), False),
        (Condition(iterations=2), True),
        (Condition(iterations=3), False),
        (Condition(gate="gate"), True),
        (Condition(gate="other"), False),
        (Condition(ending="promoted"), False),
        (Condition(ending="finished"), False),
        (Condition(phase="Progressing", weight=11), False),
    ],
)
def test_conditions(condition: Condition, met: bool) -> None:
    subject = canary()
    status = replace(subject.status, phase=Phase.PROGRESSING, iterations=2)
    assert is_met(condition, RECORDS, replace(subject, status=status)) is met


def test_a_gate_that_opened_is_no_longer_waited_at() -> None:
    opened = [*RECORDS, HookRecord(1.0, NAME, "gate", "confirm-promotion")]
    assert not is_met(Condition(gate="gate"), opened, canary())


@pytest.mark.parametrize("ending", ["initialized", "promoted", "rolled-back"])
def test_any_ending_is_finished(ending: Any) -> None:
    phases = {
        "initialized": ("Initialized",),
        "promoted": ("Progressing", "Succeeded"),
        "rolled-back": ("Progressing", "Failed"),
    }
    records = _statuses(*phases[ending])
    assert is_met(Condition(ending="finished"), records, canary())
    assert is_met(Condition(ending=ending), records, canary())


def test_names_are_filled_in() -> None:
    text = event_text("{canary} {target} {primary} {other}", canary())
    assert text == "detail.flagger detail.flagger detail-primary.flagger {other}"


def test_a_rollback_without_a_run_is_one_that_an_event_tells_of() -> None:
    """The tick behind a rollback writes Failed once more; it ends nothing in the next step."""
    failed = EventRecord(0.0, "Warning", "Canary failed! Scaling down x", NAME, "Failed")
    other = EventRecord(0.0, "Warning", "Canary failed! Scaling down x", "other.ns", "Failed")
    found = EventRecord(0.0, "Normal", "New revision detected! Scaling up x", NAME, "Progressing")
    assert find_ending([failed, *_statuses("Failed")], NAME) == "rolled-back"
    assert find_ending([other, *_statuses("Failed")], NAME) is None
    assert find_ending([*_statuses("Failed"), found], NAME) is None
    assert find_ending([*_statuses("Failed"), found, *_statuses("Progressing")], NAME) is None
