"""Kinds of targets: how each is found, started, stopped, promoted, and found wanting."""

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.errors import UserError
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.workload import DaemonSetStatus
from tests.rehearsal.fakes import Stagehand, canary, deadline_exceeded, success_rate

HPA = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
KEDA = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "so"}
DAEMON_SET = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}
SERVICE = {"apiVersion": "v1", "kind": "Service", "name": "detail"}


def test_no_target() -> None:
    hand = Stagehand(canary())
    hand.workloads.target_workload = None
    assert hand.tick() == [
        'Warning deployment detail.flagger get query error: deployments.apps "detail" not found'
    ]


def test_no_selector_label() -> None:
    hand = Stagehand(canary())
    assert hand.workloads.target_workload is not None
    hand.workloads.target_workload = replace(
        hand.workloads.target_workload, match_labels={"tier": "x"}
    )
    assert hand.tick() == [
        "Warning getSelectorLabel failed: deployment detail.flagger spec.selector.matchLabels"
        " must contain one of [app name app.kubernetes.io/name]"
    ]


def test_other_selector_labels() -> None:
    hand = Stagehand(canary(), flags=Flags(selector_labels=("tier",)))
    assert hand.workloads.target_workload is not None
    hand.workloads.target_workload = replace(
        hand.workloads.target_workload, match_labels={"tier": "x"}
    )
    hand.bootstrap()
    assert hand.workloads.primary_workload is not None
    assert hand.workloads.primary_workload.match_labels == {"tier": "x-primary"}


def test_primary_is_made_from_the_target() -> None:
    hand = Stagehand(canary(), replicas=3)
    hand.bootstrap()
    primary = hand.workloads.primary_workload
    assert primary is not None
    assert (primary.name, primary.replicas) == ("detail-primary", 3)
    assert primary.template["metadata"]["labels"] == {"app": "detail-primary"}
    assert primary.template["spec"]["containers"] == [{"image": "v1"}]
    assert hand.workloads.calls == ["apply_primary", "scale_target 0"]


def test_a_promotion_is_always_a_rolling_update() -> None:
    hand = Stagehand(canary({"skipAnalysis": True}))
    hand.bootstrap()
    first = hand.workloads.primary_workload
    hand.workloads.change(annotation="x")
    hand.tick(2)
    second = hand.workloads.primary_workload
    assert first is not None
    assert second is not None
    assert second.template["spec"]["annotation"] == "x"
    ids = [one.template["metadata"]["annotations"]["flagger-id"] for one in (first, second)]
    assert ids[0] != ids[1]
    assert second.generation == first.generation + 1


@pytest.mark.parametrize(
    ("spec", "started"),
    [(None, 3), ({"autoscalerRef": HPA}, 4), ({"autoscalerRef": KEDA}, 4)],
)
def test_replicas_of_a_start(spec: dict[str, Any] | None, started: int) -> None:
    """Stopped targets take the primary's count, or the scaler's minimum."""
    hand = Stagehand(canary(spec), replicas=3)
    hand.workloads.min_replicas = 4
    hand.detected()
    assert hand.workloads.target_workload is not None
    assert hand.workloads.target_workload.replicas == started
    assert hand.workloads.primary_workload is not None
    assert hand.workloads.primary_workload.replicas == 3


@pytest.mark.parametrize(("minimum", "started"), [(None, 1), (1, 1), (6, 6)])
def test_scaler_minimum(minimum: int | None, started: int) -> None:
    hand = Stagehand(canary({"autoscalerRef": HPA}))
    hand.workloads.min_replicas = minimum
    hand.detected()
    assert hand.workloads.target_workload is not None
    assert hand.workloads.target_workload.replicas == started


@pytest.mark.parametrize(("spec", "copied"), [(None, 7), ({"autoscalerRef": HPA}, 2)])
def test_a_promotion_copies_replicas_unless_there_is_a_scaler(
    spec: dict[str, Any] | None, copied: int
) -> None:
    hand = Stagehand(canary(spec, stepWeight=100))
    hand.detected()
    assert hand.workloads.target_workload is not None
    hand.workloads.target_workload = replace(hand.workloads.target_workload, replicas=7)
    hand.tick(2)
    assert hand.workloads.primary_workload is not None
    assert hand.workloads.primary_workload.replicas == copied


def test_replicas_are_no_revision() -> None:
    hand = Stagehand(canary())
    hand.bootstrap()
    assert hand.workloads.target_workload is not None
    hand.workloads.target_workload = replace(hand.workloads.target_workload, replicas=9)
    assert hand.tick() == []


def test_a_target_that_cannot_be_scaled() -> None:
    hand = Stagehand(canary())
    hand.workloads.fail_scaling = PortError("deployment detail.flagger patch query error: no")
    assert hand.tick()[-1] == (
        "Warning scaling down canary Deployment detail.flagger failed:"
        " deployment detail.flagger patch query error: no"
    )
    hand.workloads.fail_scaling = None
    hand.tick()
    hand.new_revision()
    hand.workloads.fail_scaling = PortError("scaling up detail.flagger to 2 failed: no")
    assert hand.tick()[-1] == "Error scaling up detail.flagger to 2 failed: no"
    assert hand.status.phase == "Initialized"


def test_scalers_are_paused_and_resumed_around_a_run() -> None:
    hand = Stagehand(canary({"autoscalerRef": KEDA}, stepWeight=100), logs=True)
    hand.controller.sync()
    lines = hand.tick()
    assert "log Keda ScaledObject so-primary.flagger created" in lines
    hand.new_revision()
    hand.workloads.calls.clear()
    hand.tick()
    assert hand.workloads.calls == ["resume_target_scaler", "scale_target 2"]
    hand.tick(4)
    assert hand.workloads.calls[-2:] == ["pause_target_scaler", "scale_target 0"]


def test_the_primarys_scaler_is_brought_up_to_date_while_promoting() -> None:
    hand = Stagehand(canary({"autoscalerRef": HPA}, stepWeight=100), logs=True)
    hand.detected()
    hand.tick(2)
    hand.workloads.scaler_applied = "updated"
    lines = hand.tick()
    assert "log HorizontalPodAutoscaler v2 detail-primary.flagger updated" in lines


def test_a_missing_scaler_is_said_on_every_tick() -> None:
    hand = Stagehand(canary({"autoscalerRef": HPA}))
    gone = "HorizontalPodAutoscaler detail.flagger get query error: not found"
    hand.workloads.scaler_applied = PortError(gone)
    assert [tick[-1] for tick in hand.ticks(2)] == [f"Warning {gone}"] * 2


def daemon_set(**analysis: Any) -> Stagehand:
    return Stagehand(canary({"targetRef": DAEMON_SET}, **analysis), logs=True)


def test_daemon_set_life() -> None:
    hand = daemon_set(stepWeight=100)
    hand.controller.sync()
    assert "log DaemonSet detail-primary.flagger created" in hand.tick()
    hand.new_revision()
    hand.tick()
    hand.workloads.canary_problem = DaemonSetStatus(1, 2, 1, 0)
    assert hand.tick() == [
        "Warning canary damonset detail.flagger not ready with retryable true:"
        " waiting for rollout to finish: 1 out of 2 new pods have been updated"
    ]
    hand.clock.advance(60)
    assert hand.tick() == [
        "Warning canary damonset detail.flagger not ready with retryable false:"
        " exceeded its progressDeadlineSeconds: 60",
        "Warning Canary failed! Scaling down detail.flagger",
    ]


def test_daemon_set_primary_not_ready() -> None:
    hand = daemon_set()
    hand.controller.sync()
    hand.workloads.primary_problem = DaemonSetStatus(0)
    assert hand.tick()[-1] == (
        "Warning primary daemonset detail-primary.flagger not ready: waiting for rollout to"
        " finish: observed daemonset generation less than desired generation"
    )


def test_the_selector_that_stops_a_daemon_set_is_no_revision() -> None:
    hand = daemon_set()
    hand.bootstrap()
    hand.workloads.change(nodeSelector={"flagger.app/scale-to-zero": "true"})
    assert hand.tick() == []
    hand.workloads.change(nodeSelector={"disk": "ssd"})
    assert "New revision detected!" in hand.tick()[0]


def test_daemon_set_needs_rolling_updates() -> None:
    hand = daemon_set()
    assert hand.workloads.target_workload is not None
    hand.workloads.target_workload = replace(
        hand.workloads.target_workload, settings={"updateStrategy": {"type": "OnDelete"}}
    )
    assert hand.tick()[-1] == (
        "Warning createPrimaryDaemonSet failed: daemonset detail.flagger must have RollingUpdate"
        " strategy but have OnDelete"
    )


def test_service_is_always_ready_and_its_metrics_are_named_so() -> None:
    hand = Stagehand(
        canary({"targetRef": SERVICE, "provider": "istio"}, metrics=[success_rate()]), logs=True
    )
    hand.controller.sync()
    created = [
        "log Service detail-canary.flagger created",
        "log Service detail-primary.flagger created",
    ]
    first = hand.tick()
    assert [line for line in first if "Service detail-" in line] == created
    assert hand.tick() == ["log Service detail-canary.flagger updated"]
    hand.workloads.primary_problem = deadline_exceeded()
    hand.new_revision()
    hand.tick(2)
    assert hand.status.tracked_configs is None
    hand.tick()
    source, query = hand.metrics.queries[0]
    assert source.address == "http://prometheus:9090"
    assert query.startswith(" sum( rate( istio_requests_total{")


def test_missing_service() -> None:
    hand = Stagehand(canary({"targetRef": SERVICE}))
    hand.workloads.target_workload = None
    assert hand.tick()[-1] == (
        'Warning service detail-primary.flagger get query error: services "detail" not found'
    )


def test_knative_is_refused_by_name() -> None:
    target = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "detail"}
    hand = Stagehand(canary({"targetRef": target, "provider": "knative"}))
    with pytest.raises(UserError, match="cannot be rehearsed"):
        hand.controller.sync()


def test_a_service_is_promoted_by_its_spec() -> None:
    hand = Stagehand(canary({"targetRef": SERVICE, "provider": "istio"}, stepWeight=100))
    hand.bootstrap()
    hand.new_revision()
    hand.tick(5)
    primary = hand.workloads.primary_workload
    assert hand.status.phase == "Succeeded"
    assert primary is not None
    assert primary.name == "detail-primary"
    assert primary.template["spec"]["containers"] == [{"image": "v2"}]
