"""The setters: each its own fields, and what a phase does to the others."""

from dataclasses import replace

import pytest

from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import CanaryStatus, Phase
from rehearsal.flagger.controller.status import StatusWriter
from rehearsal.flagger.controller.store import MemoryStore
from tests.rehearsal.specs import canary

RUNNING = CanaryStatus(
    phase=Phase.PROGRESSING,
    failed_checks=2,
    canary_weight=30,
    iterations=4,
    tracked_configs={"configmap/a": "1"},
    last_applied_spec="applied",
    last_promoted_spec="promoted",
)


class Written:
    """A store with a run under way."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.clock.advance(100)
        self.store = MemoryStore(replace(canary(), status=RUNNING))
        self.writer = StatusWriter(self.store, self.clock)

    @property
    def status(self) -> CanaryStatus:
        return self.store.get().status


def test_each_counter_alone() -> None:
    written = Written()
    written.writer.set_failed_checks(7)
    written.writer.set_weight(8)
    written.writer.set_iterations(9)
    expected = replace(
        RUNNING, failed_checks=7, canary_weight=8, iterations=9, last_transition_s=100.0
    )
    assert written.status == expected


def test_what_was_read_does_not_change() -> None:
    written = Written()
    before = written.store.get()
    written.writer.set_weight(99)
    assert before.status == RUNNING


@pytest.mark.parametrize("phase", [Phase.PROGRESSING, Phase.WAITING, Phase.PROMOTING])
def test_phases_within_an_analysis_keep_the_progress(phase: Phase) -> None:
    written = Written()
    written.writer.set_phase(phase, 10)
    status = written.status
    assert (status.phase, status.canary_weight, status.iterations) == (phase, 30, 4)


@pytest.mark.parametrize(
    ("phase", "planned", "iterations"),
    [
        (Phase.FINALISING, 10, 0),
        (Phase.SUCCEEDED, 10, 0),
        (Phase.WAITING_PROMOTION, 10, 9),
        (Phase.WAITING_PROMOTION, 0, -1),
    ],
)
def test_other_phases_reset_it(phase: Phase, planned: int, iterations: int) -> None:
    written = Written()
    written.writer.set_phase(phase, planned)
    status = written.status
    assert (status.canary_weight, status.iterations, status.failed_checks) == (0, iterations, 2)


@pytest.mark.parametrize(
    ("phase", "promoted"),
    [(Phase.SUCCEEDED, "applied"), (Phase.INITIALIZED, "applied"), (Phase.FINALISING, "promoted")],
)
def test_success_marks_the_applied_spec_as_promoted(phase: Phase, promoted: str) -> None:
    written = Written()
    written.writer.set_phase(phase)
    assert written.status.last_promoted_spec == promoted


def test_sync_takes_what_is_given_and_zero_for_the_rest() -> None:
    written = Written()
    written.writer.sync(CanaryStatus(phase=Phase.FAILED, canary_weight=100), "new", {})
    status = written.status
    assert (status.canary_weight, status.failed_checks, status.iterations) == (100, 0, 0)
    assert (status.last_applied_spec, status.last_promoted_spec) == ("new", "promoted")
    assert status.tracked_configs == {}


def test_sync_to_initialized_promotes_the_hash() -> None:
    written = Written()
    written.writer.sync(CanaryStatus(phase=Phase.INITIALIZED), "new", None)
    assert written.status.last_promoted_spec == "new"


CONDITIONS = [
    (Phase.INITIALIZING, "Unknown", "New Deployment detected, starting initialization."),
    (Phase.INITIALIZED, "True", "Deployment initialization completed."),
    (Phase.WAITING, "Unknown", "Waiting for approval."),
    (Phase.WAITING_PROMOTION, "Unknown", "Waiting for approval."),
    (Phase.PROGRESSING, "Unknown", "New revision detected, progressing canary analysis."),
    (
        Phase.PROMOTING,
        "Unknown",
        "Canary analysis completed, starting primary rolling update.",
    ),
    (
        Phase.FINALISING,
        "Unknown",
        "Canary analysis completed, routing all traffic to primary.",
    ),
    (Phase.SUCCEEDED, "True", "Canary analysis completed successfully, promotion finished."),
    (Phase.FAILED, "False", "Canary analysis failed, Deployment scaled to zero."),
]


@pytest.mark.parametrize(("phase", "status", "message"), CONDITIONS)
def test_condition(phase: Phase, status: str, message: str) -> None:
    written = Written()
    written.writer.set_phase(phase)
    (condition,) = written.status.conditions
    assert (condition.type, condition.reason) == ("Promoted", phase)
    assert (condition.status, condition.message) == (status, message)


def test_condition_times() -> None:
    written = Written()
    written.writer.set_phase(Phase.PROGRESSING)
    written.clock.advance(50)
    written.writer.set_phase(Phase.PROMOTING)
    (condition,) = written.status.conditions
    assert (condition.last_update_s, condition.last_transition_s) == (150.0, 100.0)
    written.clock.advance(50)
    written.writer.set_phase(Phase.PROMOTING)
    assert written.status.conditions == (condition,)
    written.writer.set_phase(Phase.SUCCEEDED)
    assert written.status.conditions[0].last_transition_s == 200.0


def test_begin() -> None:
    written = Written()
    written.writer.begin()
    assert written.status.phase == "Initializing"
    assert written.status.conditions[0].reason == "Initializing"
