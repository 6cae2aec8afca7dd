"""Whole runs, line for line: the transcripts of a real Flagger and of its own tests."""

from typing import Any

from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.workloads import deadline_exceeded, terminating, unobserved, waiting
from tests.rehearsal.flagger.controller.scenes import (
    AVAILABLE,
    CANARY_FAILED,
    COMPLETED,
    COPYING,
    DETECTED,
    NOT_READY,
    PRE_PASSED,
    STARTING,
    TO_PRIMARY,
    advance,
    iteration,
    rolling_back,
)
from tests.rehearsal.specs import canary, duration, hook, success_rate


def tutorial(**analysis: Any) -> Simulation:
    """The Canary of the tutorial, at the moment its new revision was found."""
    plan: dict[str, Any] = {
        "threshold": 1,
        "maxWeight": 15,
        "stepWeight": 5,
        "metrics": [success_rate(), duration(interval="30s")],
        "webhooks": [hook("acceptance-test", "pre-rollout"), hook("load test", "rollout")],
        **analysis,
    }
    simulation = Simulation(canary(**plan))
    simulation.bootstrap()
    simulation.new_revision()
    assert simulation.tick() == [DETECTED]
    return simulation


def test_bootstrap() -> None:
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
    simulation = Simulation(canary({"autoscalerRef": scaler}, metrics=[success_rate()]), logs=True)
    simulation.controller.sync()
    simulation.workloads.primary_problem = unobserved()
    unready = "Warning detail-primary.flagger not ready: waiting for rollout to finish: "
    assert simulation.events.lines.pop() == "log Synced flagger/detail"
    assert simulation.tick() == [
        "log Service detail-canary.flagger created",
        "log Service detail-primary.flagger created",
        AVAILABLE,
        "log VirtualNode detail-primary.flagger created",
        "log VirtualNode detail-canary.flagger created",
        "log VirtualRouter detail created",
        "log VirtualService detail created",
        "log VirtualRouter detail-canary created",
        "log VirtualService detail-canary created",
        "log Deployment detail-primary.flagger created",
        f"{unready}observed deployment generation less than desired generation",
    ]
    simulation.workloads.primary_problem = waiting()
    for _ in range(2):
        assert simulation.tick() == [
            AVAILABLE,
            f"{unready}0 of 2 (readyThreshold 100%) updated replicas are available",
        ]
    simulation.workloads.primary_problem = None
    assert simulation.tick() == [
        AVAILABLE,
        "log HorizontalPodAutoscaler v2 detail-primary.flagger created",
        "log Service detail.flagger created",
        "log Scaling down Deployment detail.flagger",
        "Normal Initialization done! detail.flagger",
    ]
    assert simulation.tick() == []
    assert simulation.workloads.calls[-1] == "scale_target 0"


def test_promotion() -> None:
    simulation = tutorial()
    simulation.workloads.canary_problem = waiting()
    assert simulation.tick() == [f"Warning {NOT_READY}"]
    simulation.workloads.canary_problem = None
    assert simulation.tick() == [STARTING, PRE_PASSED, advance(5)]
    assert simulation.weight == 5
    assert simulation.ticks(3) == [[advance(10)], [advance(15)], [COPYING]]
    assert (simulation.routes.routing.primary, simulation.weight) == (85, 15)
    simulation.workloads.primary_problem = terminating()
    assert simulation.tick() == [
        "Warning detail-primary.flagger not ready: waiting for rollout to finish:"
        " 1 old replicas are pending termination"
    ]
    simulation.workloads.primary_problem = None
    assert simulation.ticks(3) == [[TO_PRIMARY], [COMPLETED], []]
    assert simulation.weight == 0
    assert simulation.status.phase == "Succeeded"
    assert simulation.status.last_promoted_spec == simulation.status.last_applied_spec


def test_rollback_by_success_rate() -> None:
    simulation = tutorial()
    simulation.metrics.success_rate.appendleft(23.0271)
    assert simulation.ticks(3) == [
        [STARTING, PRE_PASSED, advance(5)],
        ["Warning Halt detail.flagger advancement success rate 23.03% < 99%"],
        [rolling_back(1), CANARY_FAILED],
    ]
    assert simulation.weight == 0
    assert (simulation.status.phase, simulation.status.failed_checks) == ("Failed", 0)
    assert simulation.tick() == []


def test_halts_need_not_follow_each_other() -> None:
    simulation = tutorial(threshold=2)
    simulation.metrics.success_rate.extendleft([50.0, 100.0, 50.0])
    halt = ["Warning Halt detail.flagger advancement success rate 50.00% < 99%"]
    assert simulation.ticks(5)[1:] == [halt, [advance(10)], halt, [rolling_back(2), CANARY_FAILED]]


def test_rollback_by_duration() -> None:
    simulation = tutorial()
    simulation.metrics.duration.appendleft(1515.9)
    assert simulation.ticks(3)[1:] == [
        ["Warning Halt detail.flagger advancement request duration 1.515s > 500ms"],
        [rolling_back(1), CANARY_FAILED],
    ]


def test_rollback_by_webhook() -> None:
    simulation = tutorial(threshold=2)
    gave_up = "POST http://flagger-loadtester.flagger/ giving up after 1 attempt(s)"
    simulation.hooks.answer("acceptance-test", gave_up)
    halted = (
        "Warning Halt detail.flagger advancement pre-rollout check acceptance-test failed "
        f"{gave_up}"
    )
    assert simulation.ticks(3) == [
        [STARTING, halted],
        [STARTING, halted],
        [rolling_back(2), CANARY_FAILED],
    ]
    assert all(routing.canary == 0 for routing in simulation.routes.history)


def test_rollout_hook_refuses() -> None:
    simulation = tutorial()
    simulation.hooks.answer("load test", "metadata not found in payload")
    text = "external check load test failed metadata not found in payload"
    assert simulation.ticks(2)[1] == [f"Warning Halt detail.flagger advancement {text}"]
    assert simulation.status.failed_checks == 1


def test_an_empty_body_leaves_a_trailing_space() -> None:
    simulation = tutorial()
    simulation.hooks.answer("load test", "")
    halted = "Warning Halt detail.flagger advancement external check load test failed "
    assert simulation.ticks(2)[1] == [halted]


def test_progress_deadline() -> None:
    simulation = tutorial()
    simulation.workloads.canary_problem = waiting()
    assert simulation.ticks(2) == [[f"Warning {NOT_READY}"]] * 2
    simulation.workloads.canary_problem = deadline_exceeded()
    simulation.events.alerts.clear()
    assert simulation.tick() == [
        "Warning canary deployment detail.flagger not ready:"
        ' deployment "detail" exceeded its progress deadline',
        CANARY_FAILED,
    ]
    assert simulation.events.alerts == []
    assert (simulation.status.phase, simulation.status.failed_checks) == ("Failed", 0)


def test_gated() -> None:
    simulation = Simulation(
        canary(
            stepWeight=5,
            maxWeight=15,
            webhooks=[hook("gate", "confirm-rollout"), hook("pgate", "confirm-promotion")],
        )
    )
    simulation.bootstrap()
    simulation.hooks.answer("gate", "Forbidden", "Forbidden", "Forbidden", None)
    simulation.hooks.answer("pgate", "Forbidden", "Forbidden", None)
    simulation.new_revision()
    assert simulation.ticks(3) == [
        ["Warning Halt detail.flagger advancement waiting for approval gate"],
        [],
        [],
    ]
    assert simulation.status.phase == "Waiting"
    assert simulation.ticks(4) == [
        ["Normal Confirm-rollout check gate passed", DETECTED],
        [STARTING, advance(5)],
        [advance(10)],
        [advance(15)],
    ]
    assert simulation.tick() == [
        "Warning Halt detail.flagger advancement waiting for promotion approval pgate"
    ]
    status = simulation.status
    assert (status.phase, status.canary_weight, status.iterations) == ("WaitingPromotion", 0, -1)
    assert simulation.weight == 15
    assert simulation.ticks(4) == [
        [],
        ["Normal Confirm-promotion check pgate passed", COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_retry_by_an_annotation() -> None:
    simulation = tutorial()
    simulation.metrics.success_rate.appendleft(0.0)
    simulation.tick(3)
    assert simulation.status.phase == "Failed"
    simulation.workloads.change(annotation="again")
    assert simulation.ticks(7) == [
        [DETECTED],
        [STARTING, PRE_PASSED, advance(5)],
        [advance(10)],
        [advance(15)],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_changed_on_the_way() -> None:
    simulation = tutorial(threshold=3)
    simulation.tick(2)
    simulation.metrics.success_rate.appendleft(0.0)
    simulation.tick()
    assert (simulation.weight, simulation.status.failed_checks) == (10, 1)
    simulation.new_revision("v3")
    restarting = "Normal New revision detected! Restarting analysis for detail.flagger"
    assert simulation.tick() == [restarting]
    assert (simulation.weight, simulation.status.failed_checks) == (0, 0)
    simulation.workloads.canary_problem = waiting()
    assert simulation.tick() == [f"Warning {NOT_READY}"]
    simulation.workloads.canary_problem = None
    assert simulation.tick() == [STARTING, PRE_PASSED, advance(5)]


def test_blue_green_on_kubernetes() -> None:
    webhooks = [hook("acceptance-test", "pre-rollout")]
    plan = canary({"provider": "kubernetes"}, iterations=2, webhooks=webhooks)
    simulation = Simulation(plan)
    simulation.bootstrap()
    simulation.new_revision()
    assert simulation.ticks(7) == [
        [DETECTED],
        [STARTING, PRE_PASSED, iteration(1, 2)],
        [iteration(2, 2)],
        [],
        [COPYING],
        [],
        [COMPLETED],
    ]
    assert simulation.routes.history == []


def test_blue_green_on_a_mesh() -> None:
    simulation = Simulation(canary(iterations=2))
    simulation.bootstrap()
    simulation.new_revision()
    assert simulation.ticks(7) == [
        [DETECTED],
        [STARTING, iteration(1, 2)],
        [iteration(2, 2)],
        ["Normal Routing all traffic to canary"],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]
    assert [routing.canary for routing in simulation.routes.history] == [100, 0]
    assert simulation.status.canary_weight == 0


def test_skipped_analysis() -> None:
    simulation = Simulation(canary({"skipAnalysis": True}, webhooks=[hook("done", "post-rollout")]))
    simulation.bootstrap()
    simulation.new_revision()
    assert simulation.ticks(3) == [
        [DETECTED],
        [
            COPYING,
            "Normal Post-rollout check done passed",
            "Normal Promotion completed! Canary analysis was skipped for detail.flagger",
        ],
        [],
    ]
    assert not any("metrics providers" in line for line in simulation.events.lines)


def test_the_golden_run_of_flaggers_own_test() -> None:
    kinds = (
        "confirm-rollout",
        "pre-rollout",
        "rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "post-rollout",
    )
    webhooks = [hook("listener", "event")] + [hook(f"{kind}-webhook", kind) for kind in kinds]
    simulation = Simulation(canary(stepWeight=100, stepWeightPromotion=50, webhooks=webhooks))
    simulation.workloads.primary_problem = waiting(updated=0)
    simulation.tick()
    simulation.workloads.primary_problem = None
    simulation.tick()
    simulation.new_revision()
    simulation.tick(6)
    heard = [
        f"{call.phase}: {call.payload['metadata']['eventMessage']}"
        for call in simulation.hooks.calls
        if call.hook == "listener"
    ]
    passed = "webhook passed"
    assert heard == [
        ": all the metrics providers are available!",
        ": detail-primary.flagger not ready: waiting for rollout to finish:"
        " 0 out of 2 new replicas have been updated",
        ": all the metrics providers are available!",
        "Initialized: Initialization done! detail.flagger",
        f"Initialized: Confirm-rollout check confirm-rollout-{passed}",
        "Progressing: New revision detected! Scaling up detail.flagger",
        "Progressing: Starting canary analysis for detail.flagger",
        f"Progressing: Pre-rollout check pre-rollout-{passed}",
        f"Progressing: Confirm-traffic-increase check confirm-traffic-increase-{passed}",
        "Progressing: Advance detail.flagger canary weight 100",
        f"Progressing: Confirm-traffic-increase check confirm-traffic-increase-{passed}",
        f"Progressing: Confirm-promotion check confirm-promotion-{passed}",
        "Progressing: Copying detail.flagger template spec to detail-primary.flagger",
        "Promoting: Advance detail.flagger primary weight 50",
        "Promoting: Advance detail.flagger primary weight 100",
        f"Succeeded: Post-rollout check post-rollout-{passed}",
        "Succeeded: Promotion completed! Scaling down detail.flagger",
    ]
    assert {kind: simulation.hooks.phases(f"{kind}-webhook") for kind in kinds} == {
        "confirm-rollout": ["Initialized"],
        "pre-rollout": ["Progressing"],
        "rollout": ["Progressing"],
        "confirm-traffic-increase": ["Progressing"] * 2,
        "confirm-promotion": ["Progressing"],
        "post-rollout": ["Succeeded"],
    }
