"""Blue/Green."""

from rehearsal.controller.ports import Routing
from tests.rehearsal.controller.scenes import (
    COMPLETED,
    COPYING,
    STARTING,
    detected,
    iteration,
)
from tests.rehearsal.stagehand import (
    Stagehand,
    canary,
)


def test_29_blue_green_on_kubernetes() -> None:
    hand = detected({"provider": "kubernetes"}, iterations=5)
    assert hand.ticks(9) == [
        [STARTING, iteration(1, 5)],
        *[[iteration(k, 5)] for k in range(2, 6)],
        [],
        [COPYING],
        [],
        [COMPLETED],
    ]


def test_31_blue_green_with_a_mirror() -> None:
    hand = Stagehand(canary({"provider": "istio"}, iterations=2, mirror=True), logs=True)
    hand.detected()
    uses = "log Canary detail.flagger uses HTTP service"
    assert hand.ticks(3) == [
        [uses, STARTING, "log Start traffic mirroring", iteration(1, 2)],
        [uses, iteration(2, 2)],
        [uses, "Normal Stop traffic mirroring and route all traffic to canary"],
    ]
    assert hand.routes.history == [Routing(100, 0, True), Routing(0, 100)]


def test_45_weights_on_kubernetes() -> None:
    hand = detected({"provider": "kubernetes"}, stepWeight=10)
    unsupported = [
        "Warning Progressive traffic is not supported when using the kubernetes provider",
        "Warning Setting canaryAnalysis.iterations: 10",
    ]
    assert hand.ticks(2) == [
        [STARTING, *unsupported, iteration(1, 10)],
        [*unsupported, iteration(2, 10)],
    ]
    assert hand.ticks(12)[-4:] == [unsupported, [*unsupported, COPYING], [], [COMPLETED]]
