"""Whole runs, line for line: the transcripts of a real Flagger and of its own tests."""

from typing import Any

from tests.rehearsal.fakes import (
    Stagehand,
    canary,
    deadline_exceeded,
    duration,
    hook,
    success_rate,
    terminating,
    unobserved,
    waiting,
)
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


def tutorial(**analysis: Any) -> Stagehand:
    """The Canary of the tutorial, at the moment its new revision was found."""
    plan: dict[str, Any] = {
        "threshold": 1,
        "maxWeight": 15,
        "stepWeight": 5,
        "metrics": [success_rate(), duration(interval="30s")],
        "webhooks": [hook("acceptance-test", "pre-rollout"), hook("load test", "rollout")],
        **analysis,
    }
    hand = Stagehand(canary(**plan))
    hand.bootstrap()
    hand.new_revision()
    assert hand.tick() == [DETECTED]
    return hand


def test_bootstrap() -> None:
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
    hand = Stagehand(canary({"autoscalerRef": scaler}, metrics=[success_rate()]), logs=True)
    hand.controller.sync()
    hand.workloads.primary_problem = unobserved()
    unready = "Warning detail-primary.flagger not ready: waiting for rollout to finish: "
    assert hand.events.lines.pop() == "log Synced flagger/detail"
    assert hand.tick() == [
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
    hand.workloads.primary_problem = waiting()
    for _ in range(2):
        assert hand.tick() == [
            AVAILABLE,
            f"{unready}0 of 2 (readyThreshold 100%) updated replicas are available",
        ]
    hand.workloads.primary_problem = None
    assert hand.tick() == [
        AVAILABLE,
        "log HorizontalPodAutoscaler v2 detail-primary.flagger created",
        "log Service detail.flagger created",
        "log Scaling down Deployment detail.flagger",
        "Normal Initialization done! detail.flagger",
    ]
    assert hand.tick() == []
    assert hand.workloads.calls[-1] == "scale_target 0"


def test_promotion() -> None:
    hand = tutorial()
    hand.workloads.canary_problem = waiting()
    assert hand.tick() == [f"Warning {NOT_READY}"]
    hand.workloads.canary_problem = None
    assert hand.tick() == [STARTING, PRE_PASSED, advance(5)]
    assert hand.weight == 5
    assert hand.ticks(3) == [[advance(10)], [advance(15)], [COPYING]]
    assert (hand.routes.routing.primary, hand.weight) == (85, 15)
    hand.workloads.primary_problem = terminating()
    assert hand.tick() == [
        "Warning detail-primary.flagger not ready: waiting for rollout to finish:"
        " 1 old replicas are pending termination"
    ]
    hand.workloads.primary_problem = None
    assert hand.ticks(3) == [[TO_PRIMARY], [COMPLETED], []]
    assert hand.weight == 0
    assert hand.status.phase == "Succeeded"
    assert hand.status.last_promoted_spec == hand.status.last_applied_spec


def test_rollback_by_success_rate() -> None:
    hand = tutorial()
    hand.metrics.success.appendleft(23.0271)
    assert hand.ticks(3) == [
        [STARTING, PRE_PASSED, advance(5)],
        ["Warning Halt detail.flagger advancement success rate 23.03% < 99%"],
        [rolling_back(1), CANARY_FAILED],
    ]
    assert hand.weight == 0
    assert (hand.status.phase, hand.status.failed_checks) == ("Failed", 0)
    assert hand.tick() == []


def test_halts_need_not_follow_each_other() -> None:
    hand = tutorial(threshold=2)
    hand.metrics.success.extendleft([50.0, 100.0, 50.0])
    halt = ["Warning Halt detail.flagger advancement success rate 50.00% < 99%"]
    assert hand.ticks(5)[1:] == [halt, [advance(10)], halt, [rolling_back(2), CANARY_FAILED]]


def test_rollback_by_duration() -> None:
    hand = tutorial()
    hand.metrics.duration.appendleft(1515.9)
    assert hand.ticks(3)[1:] == [
        ["Warning Halt detail.flagger advancement request duration 1.515s > 500ms"],
        [rolling_back(1), CANARY_FAILED],
    ]


def test_rollback_by_webhook() -> None:
    hand = tutorial(threshold=2)
    gave_up = "POST http://flagger-loadtester.flagger/ giving up after 1 attempt(s)"
    hand.hooks.answer("acceptance-test", gave_up)
    halted = (
        "Warning Halt detail.flagger advancement pre-rollout check acceptance-test failed "
        f"{gave_up}"
    )
    assert hand.ticks(3) == [
        [STARTING, halted],
        [STARTING, halted],
        [rolling_back(2), CANARY_FAILED],
    ]
    assert all(routing.canary == 0 for routing in hand.routes.history)


def test_rollout_hook_refuses() -> None:
    hand = tutorial()
    hand.hooks.answer("load test", "metadata not found in payload")
    text = "external check load test failed metadata not found in payload"
    assert hand.ticks(2)[1] == [f"Warning Halt detail.flagger advancement {text}"]
    assert hand.status.failed_checks == 1


def test_an_empty_body_leaves_a_trailing_space() -> None:
    hand = tutorial()
    hand.hooks.answer("load test", "")
    halted = "Warning Halt detail.flagger advancement external check load test failed "
    assert hand.ticks(2)[1] == [halted]


def test_progress_deadline() -> None:
    hand = tutorial()
    hand.workloads.canary_problem = waiting()
    assert hand.ticks(2) == [[f"Warning {NOT_READY}"]] * 2
    hand.workloads.canary_problem = deadline_exceeded()
    hand.events.alerts.clear()
    assert hand.tick() == [
        "Warning canary deployment detail.flagger not ready:"
        ' deployment "detail" exceeded its progress deadline',
        CANARY_FAILED,
    ]
    assert hand.events.alerts == []
    assert (hand.status.phase, hand.status.failed_checks) == ("Failed", 0)


def test_gated() -> None:
    hand = Stagehand(
        canary(
            stepWeight=5,
            maxWeight=15,
            webhooks=[hook("gate", "confirm-rollout"), hook("pgate", "confirm-promotion")],
        )
    )
    hand.bootstrap()
    hand.hooks.answer("gate", "Forbidden", "Forbidden", "Forbidden", None)
    hand.hooks.answer("pgate", "Forbidden", "Forbidden", None)
    hand.new_revision()
    assert hand.ticks(3) == [
        ["Warning Halt detail.flagger advancement waiting for approval gate"],
        [],
        [],
    ]
    assert hand.status.phase == "Waiting"
    assert hand.ticks(4) == [
        ["Normal Confirm-rollout check gate passed", DETECTED],
        [STARTING, advance(5)],
        [advance(10)],
        [advance(15)],
    ]
    assert hand.tick() == [
        "Warning Halt detail.flagger advancement waiting for promotion approval pgate"
    ]
    status = hand.status
    assert (status.phase, status.canary_weight, status.iterations) == ("WaitingPromotion", 0, -1)
    assert hand.weight == 15
    assert hand.ticks(4) == [
        [],
        ["Normal Confirm-promotion check pgate passed", COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_retry_by_an_annotation() -> None:
    hand = tutorial()
    hand.metrics.success.appendleft(0.0)
    hand.tick(3)
    assert hand.status.phase == "Failed"
    hand.workloads.change(annotation="again")
    assert hand.ticks(7) == [
        [DETECTED],
        [STARTING, PRE_PASSED, advance(5)],
        [advance(10)],
        [advance(15)],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]


def test_changed_on_the_way() -> None:
    hand = tutorial(threshold=3)
    hand.tick(2)
    hand.metrics.success.appendleft(0.0)
    hand.tick()
    assert (hand.weight, hand.status.failed_checks) == (10, 1)
    hand.new_revision("v3")
    assert hand.tick() == ["Normal New revision detected! Restarting analysis for detail.flagger"]
    assert (hand.weight, hand.status.failed_checks) == (0, 0)
    hand.workloads.canary_problem = waiting()
    assert hand.tick() == [f"Warning {NOT_READY}"]
    hand.workloads.canary_problem = None
    assert hand.tick() == [STARTING, PRE_PASSED, advance(5)]


def test_blue_green_on_kubernetes() -> None:
    webhooks = [hook("acceptance-test", "pre-rollout")]
    plan = canary({"provider": "kubernetes"}, iterations=2, webhooks=webhooks)
    hand = Stagehand(plan)
    hand.bootstrap()
    hand.new_revision()
    assert hand.ticks(7) == [
        [DETECTED],
        [STARTING, PRE_PASSED, iteration(1, 2)],
        [iteration(2, 2)],
        [],
        [COPYING],
        [],
        [COMPLETED],
    ]
    assert hand.routes.history == []


def test_blue_green_on_a_mesh() -> None:
    hand = Stagehand(canary(iterations=2))
    hand.bootstrap()
    hand.new_revision()
    assert hand.ticks(7) == [
        [DETECTED],
        [STARTING, iteration(1, 2)],
        [iteration(2, 2)],
        ["Normal Routing all traffic to canary"],
        [COPYING],
        [TO_PRIMARY],
        [COMPLETED],
    ]
    assert [routing.canary for routing in hand.routes.history] == [100, 0]
    assert hand.status.canary_weight == 0


def test_skipped_analysis() -> None:
    hand = Stagehand(canary({"skipAnalysis": True}, webhooks=[hook("done", "post-rollout")]))
    hand.bootstrap()
    hand.new_revision()
    assert hand.ticks(3) == [
        [DETECTED],
        [
            COPYING,
            "Normal Post-rollout check done passed",
            "Normal Promotion completed! Canary analysis was skipped for detail.flagger",
        ],
        [],
    ]
    assert not any("metrics providers" in line for line in hand.events.lines)


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
    hand = Stagehand(canary(stepWeight=100, stepWeightPromotion=50, webhooks=webhooks))
    hand.workloads.primary_problem = waiting(updated=0)
    hand.tick()
    hand.workloads.primary_problem = None
    hand.tick()
    hand.new_revision()
    hand.tick(6)
    heard = [
        f"{call.phase}: {call.payload['metadata']['eventMessage']}"
        for call in hand.hooks.calls
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
    assert {kind: hand.hooks.phases(f"{kind}-webhook") for kind in kinds} == {
        "confirm-rollout": ["Initialized"],
        "pre-rollout": ["Progressing"],
        "rollout": ["Progressing"],
        "confirm-traffic-increase": ["Progressing"] * 2,
        "confirm-promotion": ["Progressing"],
        "post-rollout": ["Succeeded"],
    }
