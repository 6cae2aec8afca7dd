"""Progressive traffic."""

from typing import Any

import pytest

from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.strategies.canary import next_step
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    COMPLETED,
    COPYING,
    STARTING,
    TO_PRIMARY,
    advance,
    c1,
    detected,
    started,
)
from tests.rehearsal.specs import canary


def test_promotion() -> None:
    simulation = c1()
    assert simulation.ticks(6) == [
        started(10),
        [advance(20)],
        [advance(30)],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]
    assert [routing.canary for routing in simulation.routes.history] == [10, 20, 30, 0]


@pytest.mark.parametrize(
    ("plan", "weights"),
    [
        ({"stepWeight": 30}, [30, 60, 90, 100]),
        ({"stepWeight": 20, "maxWeight": 50}, [20, 40, 60]),
        ({"stepWeights": [1, 2, 10, 80]}, [1, 2, 10, 80]),
        ({"stepWeights": [1, 2, 10, 200]}, [1, 2, 10, 100]),
        ({"stepWeights": [10, 50], "maxWeight": 20}, [10, 50]),
    ],
)
def test_weights(plan: dict[str, Any], weights: list[int]) -> None:
    simulation = detected(**plan)
    lines = [line for tick in simulation.ticks(len(weights) + 1) for line in tick]
    assert lines == [STARTING, *map(advance, weights), COPYING]


def test_canary_with_a_mirror_on_istio() -> None:
    simulation = Simulation(canary({"provider": "istio"}, mirror=True, maxWeight=20), logs=True)
    simulation.detected()
    uses = "log Canary detail.flagger uses HTTP service"
    assert simulation.ticks(4) == [
        [uses, STARTING, "log Running mirror step 100/0/true", advance(0)],
        [uses, "log Running mirror step 90/10/false", advance(10)],
        [uses, advance(20)],
        [uses, COPYING],
    ]
    assert simulation.routes.history[0] == Routing(100, 0, True)


def test_canary_with_a_mirror_elsewhere_never_ends() -> None:
    simulation = Simulation(canary(mirror=True, maxWeight=20), logs=True)
    simulation.detected()
    assert simulation.ticks(3) == [[STARTING, "log Running mirror step 100/0/true", advance(0)]] * 3


def test_a_step_of_zero_never_ends() -> None:
    simulation = c1(stepWeight=0)
    assert simulation.ticks(3) == [[STARTING, "Normal Pre-rollout check pre passed"]] * 3


def test_steps_that_begin_with_zero_never_end() -> None:
    simulation = detected(stepWeights=[0, 50])
    assert simulation.ticks(2) == [[STARTING], [STARTING]]


def test_steps_that_decrease_stop_where_they_are() -> None:
    simulation = detected(stepWeights=[50, 10])
    assert simulation.ticks(3) == [[STARTING, advance(50)], [], []]


@pytest.mark.parametrize(
    ("weight", "step"), [(0, 1), (1, 1), (2, 8), (10, 70), (80, 20), (5, 95), (100, 1)]
)
def test_next_step(weight: int, step: int) -> None:
    plan = canary(stepWeights=[1, 2, 10, 80]).spec.analysis
    assert next_step(plan, weight) == step


@pytest.mark.parametrize(
    ("plan", "ticks"),
    [
        ({"stepWeight": 10, "maxWeight": 30}, 7),
        ({"iterations": 3}, 8),
        ({"iterations": 3, "match": [{"headers": {"x": {"exact": "y"}}}]}, 7),
    ],
)
def test_ticks_from_detection_to_success(plan: dict[str, Any], ticks: int) -> None:
    simulation = Simulation(canary(**plan))
    simulation.bootstrap()
    simulation.new_revision()
    simulation.tick(ticks - 1)
    assert simulation.status.phase == "Finalising"
    assert simulation.tick() == [COMPLETED]
