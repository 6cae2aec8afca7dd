"""From the copy to Succeeded."""

from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    COPYING,
    STARTING,
    advance,
    c1,
    detected,
)


def test_promotion_in_steps() -> None:
    hand = detected(stepWeight=100, stepWeightPromotion=50)
    primary = "Normal Advance detail.flagger primary weight"
    assert hand.ticks(3) == [[STARTING, advance(100)], [COPYING], [f"{primary} 50"]]
    assert (hand.routes.routing.primary, hand.weight, hand.status.canary_weight) == (50, 50, 50)
    assert hand.ticks(2) == [[f"{primary} 100"], [COMPLETED]]


def test_skipped_and_skipped_on_the_way() -> None:
    hand = c1()
    hand.tick(2)
    spec = hand.store.get().spec
    hand.store.put_spec(spec.model_copy(update={"skip_analysis": True}))
    assert hand.tick() == [
        COPYING,
        "Normal Promotion completed! Canary analysis was skipped for detail.flagger",
    ]
    assert (hand.weight, hand.status.phase) == (0, "Succeeded")
