"""What starts a run, and what does not."""

from tests.rehearsal.fakes import Stagehand, canary, hook
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


def test_new_revision_on_the_way() -> None:
    hand = c1()
    hand.tick(2)
    hand.new_revision("v3")
    assert hand.tick() == ["Normal New revision detected! Restarting analysis for detail.flagger"]
    assert (hand.weight, hand.status.failed_checks, hand.status.phase) == (0, 0, "Progressing")
    assert hand.tick() == started(10)


def test_after_failed_a_return_to_what_was_promoted_is_silent() -> None:
    hand = failed()
    hand.new_revision("v1")
    assert hand.ticks(2) == [[], []]
    assert hand.status.phase == "Failed"
    hand.new_revision("v2")
    assert hand.tick() == [DETECTED]


def test_after_failed_the_same_spec_is_not_tried_again() -> None:
    assert failed().ticks(3) == [[], [], []]


def test_after_failed_an_annotation_starts_again() -> None:
    hand = failed()
    hand.workloads.change(annotation="again")
    assert hand.ticks(3) == [[DETECTED], started(10), [advance(20)]]


def test_reverting_on_the_way_to_the_promoted_spec_does_not_stop_the_analysis() -> None:
    hand = c1()
    hand.tick()
    hand.new_revision("v1")
    assert hand.tick() == [advance(20)]


def test_a_revision_that_comes_while_promoting_waits_for_the_end() -> None:
    hand = c1()
    hand.tick(4)
    hand.new_revision("v3")
    assert hand.ticks(2) == [[TO_PRIMARY], [COMPLETED]]
    assert hand.tick() == [DETECTED]


def test_a_revision_that_comes_while_waiting_is_what_gets_started() -> None:
    hand = Stagehand(canary(webhooks=[hook("gate", "confirm-rollout")]))
    hand.bootstrap()
    hand.hooks.answer("gate", "no", "no", None)
    hand.new_revision("v2")
    hand.tick()
    hand.new_revision("v3")
    assert hand.tick() == []
    assert hand.tick()[-1] == DETECTED
    assert hand.tick()[0] == STARTING


def test_the_restart_does_not_ask_the_gate_again() -> None:
    hand = c1(hook("gate", "confirm-rollout"))
    hand.tick()
    hand.new_revision("v3")
    hand.hooks.calls.clear()
    hand.tick(2)
    assert hand.hooks.phases("gate") == []


def test_after_failed_the_gate_is_told_so() -> None:
    hand = c1(hook("gate", "confirm-rollout"), threshold=1)
    hand.metrics.success.appendleft(40.0)
    hand.tick(3)
    hand.new_revision("v3")
    hand.tick()
    assert hand.hooks.phases("gate") == ["Initialized", "Failed"]


def test_the_checksum_changes_with_the_revision_only() -> None:
    hand = c1(hook("gate", "confirm-rollout"))
    hand.tick(2)
    before = {call.payload["checksum"] for call in hand.hooks.calls if call.hook != "gate"}
    hand.hooks.calls.clear()
    hand.new_revision("v3")
    hand.tick(3)
    after = {call.payload["checksum"] for call in hand.hooks.calls}
    assert (len(before), len(after)) == (1, 1)
    assert before != after
