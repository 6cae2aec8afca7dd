"""Bootstrapping."""

from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.workloads import deadline_exceeded, unobserved
from tests.rehearsal.flagger.controller.scenes import (
    AVAILABLE,
    CANARY_FAILED,
    INITIALIZED,
)
from tests.rehearsal.specs import canary, success_rate


def test_bootstrap_with_a_slow_primary() -> None:
    simulation = Simulation(canary())
    simulation.controller.sync()
    simulation.workloads.primary_problem = unobserved()
    first = simulation.tick()
    assert first[0] == AVAILABLE
    assert first[1].startswith("Warning detail-primary.flagger not ready: ")
    simulation.workloads.primary_problem = None
    assert simulation.ticks(2) == [[AVAILABLE, INITIALIZED], []]


def test_bootstrap_without_prometheus() -> None:
    simulation = Simulation(canary(metrics=[success_rate()]))
    simulation.metrics.online = QueryFailed("request failed: connection refused")
    assert simulation.tick() == [
        "Error Error checking metric providers: prometheus not avaiable:"
        " running query failed: request failed: connection refused",
        INITIALIZED,
    ]


def test_bootstrap_beyond_the_deadline() -> None:
    simulation = Simulation(canary({"provider": "kubernetes"}, iterations=1))
    simulation.controller.sync()
    simulation.workloads.primary_problem = deadline_exceeded()
    assert simulation.tick() == [
        AVAILABLE,
        "Warning detail-primary.flagger not ready:"
        ' deployment "detail-primary" exceeded its progress deadline',
        CANARY_FAILED,
    ]
    assert simulation.status.phase == "Failed"
