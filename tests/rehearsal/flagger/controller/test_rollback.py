"""The ends of runs that fail."""

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from tests.rehearsal.fakes import (
    deadline_exceeded,
    hook,
    stuck_since,
    waiting,
)
from tests.rehearsal.flagger.controller.scenes import (
    CANARY_FAILED,
    c1,
    rolling_back,
)


def test_canary_never_ready() -> None:
    hand = c1()
    born_s = hand.clock.now_s()
    hand.workloads.canary_problem = stuck_since(born_s)
    unready = (
        "Warning canary deployment detail.flagger not ready: waiting for rollout to finish:"
        " 0 of 2 (readyThreshold 100%) updated replicas are available"
    )
    assert hand.ticks(2) == [[unready], [unready, CANARY_FAILED]]
    assert hand.status.failed_checks == 0


def test_failing_promotion_leaves_the_canary_in_charge() -> None:
    hand = c1(hook("after", "post-rollout"))
    hand.tick(4)
    hand.workloads.primary_problem = deadline_exceeded()
    deadline = 'deployment "detail-primary" exceeded its progress deadline'
    unready = f"detail-primary.flagger not ready: {deadline}"
    assert hand.tick() == [
        f"Warning {unready}",
        f"Warning Promotion of detail.flagger failed, primary not ready: {unready}",
        "Normal Post-rollout check after passed",
    ]
    assert hand.routes.routing == Routing(0, 100)
    assert (hand.status.phase, hand.status.canary_weight) == ("Failed", 100)
    assert hand.workloads.target_workload is not None
    assert hand.workloads.target_workload.replicas == 2


def test_unready_primary_in_an_analysis_rolls_back_when_hopeless() -> None:
    hand = c1()
    hand.tick()
    hand.workloads.primary_problem = deadline_exceeded()
    assert hand.tick()[1:] == [CANARY_FAILED]


def test_routes_that_cannot_be_set_keep_the_phase() -> None:
    hand = c1(threshold=1)
    hand.metrics.success.append(40.0)
    hand.tick(3)
    hand.routes.set_error = PortError("VirtualRouter detail get query error: gone")
    again = [rolling_back(1), "Warning VirtualRouter detail get query error: gone"]
    assert hand.ticks(2) == [again, again]
    assert hand.status.phase == "Progressing"
    hand.routes.set_error = None
    assert hand.tick() == [rolling_back(1), CANARY_FAILED]


def test_waiting_for_pods_is_not_counted() -> None:
    hand = c1(threshold=1)
    hand.workloads.canary_problem = waiting()
    hand.tick(5)
    assert hand.status.failed_checks == 0
