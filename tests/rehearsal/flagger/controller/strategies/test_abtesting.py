"""A/B testing."""

from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    COPYING,
    HALT,
    STARTING,
    TO_PRIMARY,
    detected,
    iteration,
)
from tests.rehearsal.specs import canary, hook


def test_ab_testing() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    simulation = detected(iterations=3, match=match)
    assert simulation.tick() == [STARTING, iteration(1, 3)]
    assert simulation.routes.routing == Routing(0, 100, matched=True)
    assert simulation.status.canary_weight == 0
    assert simulation.ticks(5) == [
        [iteration(2, 3)],
        [iteration(3, 3)],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_ab_testing_on_kubernetes() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    simulation = detected({"provider": "kubernetes"}, iterations=2, match=match)
    unsupported = "Warning A/B testing is not supported when using the kubernetes provider"
    assert simulation.tick() == [STARTING, unsupported, iteration(1, 2)]


def test_a_promotion_gate_alternates_with_the_last_iteration() -> None:
    match = [{"headers": {"x-canary": {"exact": "insider"}}}]
    gate = hook("g", "confirm-promotion")
    simulation = Simulation(canary(iterations=2, match=match, webhooks=[gate]))
    simulation.detected()
    simulation.hooks.answer("g", "no", "no", None)
    assert simulation.ticks(6) == [
        [STARTING, iteration(1, 2)],
        [iteration(2, 2)],
        [f"{HALT} waiting for promotion approval g"],
        [iteration(2, 2)],
        [],
        [iteration(2, 2)],
    ]
    assert simulation.status.phase == "WaitingPromotion"
    assert simulation.tick() == ["Normal Confirm-promotion check g passed", COPYING]
