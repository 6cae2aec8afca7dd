"""A/B testing."""

from rehearsal.flagger.controller.ports import Routing
from tests.rehearsal.fakes import Stagehand, canary, hook
from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    COPYING,
    HALT,
    STARTING,
    TO_PRIMARY,
    detected,
    iteration,
)


def test_ab_testing() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    hand = detected(iterations=3, match=match)
    assert hand.tick() == [STARTING, iteration(1, 3)]
    assert hand.routes.routing == Routing(0, 100, matched=True)
    assert hand.status.canary_weight == 0
    assert hand.ticks(5) == [
        [iteration(2, 3)],
        [iteration(3, 3)],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_ab_testing_on_kubernetes() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    hand = detected({"provider": "kubernetes"}, iterations=2, match=match)
    unsupported = "Warning A/B testing is not supported when using the kubernetes provider"
    assert hand.tick() == [STARTING, unsupported, iteration(1, 2)]


def test_a_promotion_gate_alternates_with_the_last_iteration() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    hand = Stagehand(canary(iterations=2, match=match, webhooks=[hook("g", "confirm-promotion")]))
    hand.detected()
    hand.hooks.answer("g", "no", "no", None)
    assert hand.ticks(6) == [
        [STARTING, iteration(1, 2)],
        [iteration(2, 2)],
        [f"{HALT} waiting for promotion approval g"],
        [iteration(2, 2)],
        [],
        [iteration(2, 2)],
    ]
    assert hand.status.phase == "WaitingPromotion"
    assert hand.tick() == ["Normal Confirm-promotion check g passed", COPYING]
