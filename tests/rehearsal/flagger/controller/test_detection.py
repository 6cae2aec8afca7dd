"""What starts a run, and what does not."""

from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    DETECTED,
    STARTING,
    TO_PRIMARY,
    advance,
    c1,
    failed,
    started,
)
from tests.rehearsal.specs import canary, hook


def test_new_revision_on_the_way() -> None:
    simulation = c1()
    simulation.tick(2)
    simulation.new_revision("v3")
    restarting = "Normal New revision detected! Restarting analysis for detail.flagger"
    assert simulation.tick() == [restarting]
    status = simulation.status
    assert (simulation.weight, status.failed_checks, status.phase) == (0, 0, "Progressing")
    assert simulation.tick() == started(10)


def test_after_failed_a_return_to_what_was_promoted_is_silent() -> None:
    simulation = failed()
    simulation.new_revision("v1")
    assert simulation.ticks(2) == [[], []]
    assert simulation.status.phase == "Failed"
    simulation.new_revision("v2")
    assert simulation.tick() == [DETECTED]


def test_after_failed_the_same_spec_is_not_tried_again() -> None:
    assert failed().ticks(3) == [[], [], []]


def test_after_failed_an_annotation_starts_again() -> None:
    simulation = failed()
    simulation.workloads.change(annotation="again")
    assert simulation.ticks(3) == [[DETECTED], started(10), [advance(20)]]


def test_reverting_on_the_way_to_the_promoted_spec_does_not_stop_the_analysis() -> None:
    simulation = c1()
    simulation.tick()
    simulation.new_revision("v1")
    assert simulation.tick() == [advance(20)]


def test_a_revision_that_comes_while_promoting_waits_for_the_end() -> None:
    simulation = c1()
    simulation.tick(4)
    simulation.new_revision("v3")
    assert simulation.ticks(2) == [[TO_PRIMARY], [COMPLETED]]
    assert simulation.tick() == [DETECTED]


def test_a_revision_that_comes_while_waiting_is_what_gets_started() -> None:
    simulation = Simulation(canary(webhooks=[hook("gate", "confirm-rollout")]))
    simulation.bootstrap()
    simulation.hooks.answer("gate", "no", "no", None)
    simulation.new_revision("v2")
    simulation.tick()
    simulation.new_revision("v3")
    assert simulation.tick() == []
    assert simulation.tick()[-1] == DETECTED
    assert simulation.tick()[0] == STARTING


def test_the_restart_does_not_ask_the_gate_again() -> None:
    simulation = c1(hook("gate", "confirm-rollout"))
    simulation.tick()
    simulation.new_revision("v3")
    simulation.hooks.calls.clear()
    simulation.tick(2)
    assert simulation.hooks.phases("gate") == []


def test_after_failed_the_gate_is_told_so() -> None:
    simulation = c1(hook("gate", "confirm-rollout"), threshold=1)
    simulation.metrics.success_rate.appendleft(40.0)
    simulation.tick(3)
    simulation.new_revision("v3")
    simulation.tick()
    assert simulation.hooks.phases("gate") == ["Initialized", "Failed"]


def test_the_checksum_changes_with_the_revision_only() -> None:
    simulation = c1(hook("gate", "confirm-rollout"))
    simulation.tick(2)
    before = {call.payload["checksum"] for call in simulation.hooks.calls if call.hook != "gate"}
    simulation.hooks.calls.clear()
    simulation.new_revision("v3")
    simulation.tick(3)
    after = {call.payload["checksum"] for call in simulation.hooks.calls}
    assert (len(before), len(after)) == (1, 1)
    assert before != after
