"""Blue/Green."""

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    COPYING,
    HALT,
    STARTING,
    detected,
    iteration,
)
from tests.rehearsal.specs import canary, hook


def test_blue_green_on_kubernetes() -> None:
    simulation = detected({"provider": "kubernetes"}, iterations=5)
    assert simulation.ticks(9) == [
        [STARTING, iteration(1, 5)],
        *[[iteration(k, 5)] for k in range(2, 6)],
        [],
        [COPYING],
        [],
        [COMPLETED],
    ]


def test_blue_green_with_a_mirror() -> None:
    simulation = Simulation(canary({"provider": "istio"}, iterations=2, mirror=True), logs=True)
    simulation.detected()
    uses = "log Canary detail.flagger uses HTTP service"
    assert simulation.ticks(3) == [
        [uses, STARTING, "log Start traffic mirroring", iteration(1, 2)],
        [uses, iteration(2, 2)],
        [uses, "Normal Stop traffic mirroring and route all traffic to canary"],
    ]
    assert simulation.routes.history == [Routing(100, 0, True), Routing(0, 100)]


def test_weights_on_kubernetes() -> None:
    simulation = detected({"provider": "kubernetes"}, stepWeight=10)
    unsupported = [
        "Warning Progressive traffic is not supported when using the kubernetes provider",
        "Warning Setting canaryAnalysis.iterations: 10",
    ]
    assert simulation.ticks(2) == [
        [STARTING, *unsupported, iteration(1, 10)],
        [*unsupported, iteration(2, 10)],
    ]
    assert simulation.ticks(12)[-4:] == [unsupported, [*unsupported, COPYING], [], [COMPLETED]]


def test_the_promotion_gate_is_asked_twice() -> None:
    simulation = detected(iterations=1, webhooks=[hook("g", "confirm-promotion")])
    passed = "Normal Confirm-promotion check g passed"
    assert simulation.ticks(3) == [
        [STARTING, iteration(1, 1)],
        [passed, "Normal Routing all traffic to canary"],
        [passed, COPYING],
    ]


def test_one_iteration_and_a_closed_promotion_gate_start_over() -> None:
    webhooks = [hook("pre", "pre-rollout"), hook("g", "confirm-promotion")]
    simulation = detected(iterations=1, webhooks=webhooks)
    simulation.hooks.answer("g", "no")
    first = [STARTING, "Normal Pre-rollout check pre passed", iteration(1, 1)]
    assert simulation.ticks(4) == [
        first,
        [f"{HALT} waiting for promotion approval g"],
        first,
        [],
    ]


def test_a_gate_on_kubernetes_counts_by_the_plan_made_for_it() -> None:
    webhooks = [hook("g", "confirm-promotion")]
    simulation = detected({"provider": "kubernetes"}, stepWeight=10, webhooks=webhooks)
    simulation.hooks.answer("g", "no")
    simulation.tick(11)
    assert (simulation.status.phase, simulation.status.iterations) == ("WaitingPromotion", 9)
    assert simulation.tick()[-1] == iteration(10, 10)


def test_a_mirror_that_cannot_be_set_is_said_and_the_iteration_counted() -> None:
    simulation = detected({"provider": "istio"}, iterations=2, mirror=True)
    simulation.routes.write_error = PortError("VirtualService gone")
    assert simulation.tick() == [STARTING, "Warning VirtualService gone", iteration(1, 2)]
