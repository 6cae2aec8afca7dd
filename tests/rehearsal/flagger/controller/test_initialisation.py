"""Bootstrapping."""

from rehearsal.flagger.controller.errors import QueryFailed
from tests.rehearsal.fakes import (
    Stagehand,
    canary,
    deadline_exceeded,
    success_rate,
    unobserved,
)
from tests.rehearsal.flagger.controller.scenes import (
    AVAILABLE,
    CANARY_FAILED,
    INITIALIZED,
)


def test_bootstrap_with_a_slow_primary() -> None:
    hand = Stagehand(canary())
    hand.controller.sync()
    hand.workloads.primary_problem = unobserved()
    first = hand.tick()
    assert first[0] == AVAILABLE
    assert first[1].startswith("Warning detail-primary.flagger not ready: ")
    hand.workloads.primary_problem = None
    assert hand.ticks(2) == [[AVAILABLE, INITIALIZED], []]


def test_bootstrap_without_prometheus() -> None:
    hand = Stagehand(canary(metrics=[success_rate()]))
    hand.metrics.online = QueryFailed("request failed: connection refused")
    assert hand.tick() == [
        "Error Error checking metric providers: prometheus not avaiable:"
        " running query failed: request failed: connection refused",
        INITIALIZED,
    ]


def test_bootstrap_beyond_the_deadline() -> None:
    hand = Stagehand(canary({"provider": "kubernetes"}, iterations=1))
    hand.controller.sync()
    hand.workloads.primary_problem = deadline_exceeded()
    assert hand.tick() == [
        AVAILABLE,
        "Warning detail-primary.flagger not ready:"
        ' deployment "detail-primary" exceeded its progress deadline',
        CANARY_FAILED,
    ]
    assert hand.status.phase == "Failed"
