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
    simulation = detected(stepWeight=100, stepWeightPromotion=50)
    primary = "Normal Advance detail.flagger primary weight"
    assert simulation.ticks(3) == [[STARTING, advance(100)], [COPYING], [f"{primary} 50"]]
    routing = simulation.routes.routing
    assert (routing.primary, routing.canary, simulation.status.canary_weight) == (50, 50, 50)
    assert simulation.ticks(2) == [[f"{primary} 100"], [COMPLETED]]


def test_skipped_and_skipped_on_the_way() -> None:
    simulation = c1()
    simulation.tick(2)
    spec = simulation.store.get().spec
    simulation.store.put_spec(spec.model_copy(update={"skip_analysis": True}))
    assert simulation.tick() == [
        COPYING,
        "Normal Promotion completed! Canary analysis was skipped for detail.flagger",
    ]
    assert (simulation.weight, simulation.status.phase) == (0, "Succeeded")
