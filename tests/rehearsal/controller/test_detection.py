"""What starts a run, and what does not."""

from tests.rehearsal.controller.scenes import (
    DETECTED,
    advance,
    c1,
    failed,
    started,
)


def test_35_new_revision_on_the_way() -> None:
    hand = c1()
    hand.tick(2)
    hand.new_revision("v3")
    assert hand.tick() == ["Normal New revision detected! Restarting analysis for detail.flagger"]
    assert (hand.weight, hand.status.failed_checks, hand.status.phase) == (0, 0, "Progressing")
    assert hand.tick() == started(10)


def test_37_after_failed_a_return_to_what_was_promoted_is_silent() -> None:
    hand = failed()
    hand.new_revision("v1")
    assert hand.ticks(2) == [[], []]
    assert hand.status.phase == "Failed"
    hand.new_revision("v2")
    assert hand.tick() == [DETECTED]


def test_37_after_failed_the_same_spec_is_not_tried_again() -> None:
    assert failed().ticks(3) == [[], [], []]


def test_39_after_failed_an_annotation_starts_again() -> None:
    hand = failed()
    hand.workloads.change(annotation="again")
    assert hand.ticks(3) == [[DETECTED], started(10), [advance(20)]]
