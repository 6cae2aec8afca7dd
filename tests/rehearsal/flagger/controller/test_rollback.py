"""The ends of runs that fail."""

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated.workloads import deadline_exceeded, stuck_since, waiting
from tests.rehearsal.flagger.controller.scenes import (
    CANARY_FAILED,
    c1,
    rolling_back,
)
from tests.rehearsal.specs import hook


def test_canary_never_ready() -> None:
    simulation = c1()
    born_s = simulation.clock.now_s()
    simulation.workloads.canary_problem = stuck_since(born_s)
    unready = (
        "Warning canary deployment detail.flagger not ready: waiting for rollout to finish:"
        " 0 of 2 (readyThreshold 100%) updated replicas are available"
    )
    assert simulation.ticks(2) == [[unready], [unready, CANARY_FAILED]]
    assert simulation.status.failed_checks == 0


def test_failing_promotion_leaves_the_canary_in_charge() -> None:
    simulation = c1(hook("after", "post-rollout"))
    simulation.tick(4)
    simulation.workloads.primary_problem = deadline_exceeded()
    deadline = 'deployment "detail-primary" exceeded its progress deadline'
    unready = f"detail-primary.flagger not ready: {deadline}"
    assert simulation.tick() == [
        f"Warning {unready}",
        f"Warning Promotion of detail.flagger failed, primary not ready: {unready}",
        "Normal Post-rollout check after passed",
    ]
    assert simulation.routes.routing == Routing(0, 100)
    assert (simulation.status.phase, simulation.status.canary_weight) == ("Failed", 100)
    assert simulation.workloads.target_workload is not None
    assert simulation.workloads.target_workload.replicas == 2


def test_unready_primary_in_an_analysis_rolls_back_when_hopeless() -> None:
    simulation = c1()
    simulation.tick()
    simulation.workloads.primary_problem = deadline_exceeded()
    assert simulation.tick()[1:] == [CANARY_FAILED]


def test_routes_that_cannot_be_set_keep_the_phase() -> None:
    simulation = c1(threshold=1)
    simulation.metrics.success_rate.append(40.0)
    simulation.tick(3)
    simulation.routes.write_error = PortError("VirtualRouter detail get query error: gone")
    again = [rolling_back(1), "Warning VirtualRouter detail get query error: gone"]
    assert simulation.ticks(2) == [again, again]
    assert simulation.status.phase == "Progressing"
    simulation.routes.write_error = None
    assert simulation.tick() == [rolling_back(1), CANARY_FAILED]


def test_waiting_for_pods_is_not_counted() -> None:
    simulation = c1(threshold=1)
    simulation.workloads.canary_problem = waiting()
    simulation.tick(5)
    assert simulation.status.failed_checks == 0
