"""Kinds of targets: how each is found, started, stopped, promoted, and found wanting."""

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.controller import Controller
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.workload import DaemonSetStatus, KnativeStatus, Workload
from rehearsal.flagger.providers.knative import KNATIVE_SERVICES, read_service
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.workloads import SimulatedWorkloads, deadline_exceeded
from tests.rehearsal.specs import canary, success_rate

HPA = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
KEDA = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "so"}
DAEMON_SET = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "detail"}
SERVICE = {"apiVersion": "v1", "kind": "Service", "name": "detail"}


def test_no_target() -> None:
    simulation = Simulation(canary())
    simulation.workloads.target_workload = None
    assert simulation.tick() == [
        'Warning deployment detail.flagger get query error: deployments.apps "detail" not found'
    ]


def test_no_selector_label() -> None:
    simulation = Simulation(canary())
    assert simulation.workloads.target_workload is not None
    simulation.workloads.target_workload = replace(
        simulation.workloads.target_workload, match_labels={"tier": "x"}
    )
    assert simulation.tick() == [
        "Warning getSelectorLabel failed: deployment detail.flagger spec.selector.matchLabels"
        " must contain one of [app name app.kubernetes.io/name]"
    ]


def test_other_selector_labels() -> None:
    simulation = Simulation(canary(), flags=Flags(selector_labels=("tier",)))
    assert simulation.workloads.target_workload is not None
    simulation.workloads.target_workload = replace(
        simulation.workloads.target_workload, match_labels={"tier": "x"}
    )
    simulation.bootstrap()
    assert simulation.workloads.primary_workload is not None
    assert simulation.workloads.primary_workload.match_labels == {"tier": "x-primary"}


def test_primary_is_made_from_the_target() -> None:
    simulation = Simulation(canary(), replicas=3)
    simulation.bootstrap()
    primary = simulation.workloads.primary_workload
    assert primary is not None
    assert (primary.name, primary.replicas) == ("detail-primary", 3)
    assert primary.template["metadata"]["labels"] == {"app": "detail-primary"}
    assert primary.template["spec"]["containers"] == [{"image": "v1"}]
    assert simulation.workloads.calls == ["apply_primary", "scale_target 0"]


def test_a_promotion_is_always_a_rolling_update() -> None:
    simulation = Simulation(canary({"skipAnalysis": True}))
    simulation.bootstrap()
    first = simulation.workloads.primary_workload
    simulation.workloads.change(annotation="x")
    simulation.tick(2)
    second = simulation.workloads.primary_workload
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
    simulation = Simulation(canary(spec), replicas=3)
    simulation.workloads.min_replicas = 4
    simulation.detected()
    assert simulation.workloads.target_workload is not None
    assert simulation.workloads.target_workload.replicas == started
    assert simulation.workloads.primary_workload is not None
    assert simulation.workloads.primary_workload.replicas == 3


@pytest.mark.parametrize(("minimum", "started"), [(None, 1), (1, 1), (6, 6)])
def test_scaler_minimum(minimum: int | None, started: int) -> None:
    simulation = Simulation(canary({"autoscalerRef": HPA}))
    simulation.workloads.min_replicas = minimum
    simulation.detected()
    assert simulation.workloads.target_workload is not None
    assert simulation.workloads.target_workload.replicas == started


@pytest.mark.parametrize(("spec", "copied"), [(None, 7), ({"autoscalerRef": HPA}, 2)])
def test_a_promotion_copies_replicas_unless_there_is_a_scaler(
    spec: dict[str, Any] | None, copied: int
) -> None:
    simulation = Simulation(canary(spec, stepWeight=100))
    simulation.detected()
    assert simulation.workloads.target_workload is not None
    simulation.workloads.target_workload = replace(simulation.workloads.target_workload, replicas=7)
    simulation.tick(2)
    assert simulation.workloads.primary_workload is not None
    assert simulation.workloads.primary_workload.replicas == copied


def test_replicas_are_no_revision() -> None:
    simulation = Simulation(canary())
    simulation.bootstrap()
    assert simulation.workloads.target_workload is not None
    simulation.workloads.target_workload = replace(simulation.workloads.target_workload, replicas=9)
    assert simulation.tick() == []


def test_a_target_that_cannot_be_scaled() -> None:
    simulation = Simulation(canary())
    simulation.workloads.fail_scaling = PortError("deployment detail.flagger patch query error: no")
    assert simulation.tick()[-1] == (
        "Warning scaling down canary Deployment detail.flagger failed:"
        " deployment detail.flagger patch query error: no"
    )
    simulation.workloads.fail_scaling = None
    simulation.tick()
    simulation.new_revision()
    simulation.workloads.fail_scaling = PortError("scaling up detail.flagger to 2 failed: no")
    assert simulation.tick()[-1] == "Error scaling up detail.flagger to 2 failed: no"
    assert simulation.status.phase == "Initialized"


def test_scalers_are_paused_and_resumed_around_a_run() -> None:
    simulation = Simulation(canary({"autoscalerRef": KEDA}, stepWeight=100), logs=True)
    simulation.controller.sync()
    lines = simulation.tick()
    assert "log Keda ScaledObject so-primary.flagger created" in lines
    simulation.new_revision()
    simulation.workloads.calls.clear()
    simulation.tick()
    assert simulation.workloads.calls == ["resume_target_scaler", "scale_target 2"]
    simulation.tick(4)
    assert simulation.workloads.calls[-2:] == ["pause_target_scaler", "scale_target 0"]


def test_the_primarys_scaler_is_brought_up_to_date_while_promoting() -> None:
    simulation = Simulation(canary({"autoscalerRef": HPA}, stepWeight=100), logs=True)
    simulation.detected()
    simulation.tick(2)
    simulation.workloads.scaler_applied = "updated"
    lines = simulation.tick()
    assert "log HorizontalPodAutoscaler v2 detail-primary.flagger updated" in lines


def test_a_missing_scaler_is_said_on_every_tick() -> None:
    simulation = Simulation(canary({"autoscalerRef": HPA}))
    gone = "HorizontalPodAutoscaler detail.flagger get query error: not found"
    simulation.workloads.scaler_applied = PortError(gone)
    assert [tick[-1] for tick in simulation.ticks(2)] == [f"Warning {gone}"] * 2


def daemon_set(**analysis: Any) -> Simulation:
    return Simulation(canary({"targetRef": DAEMON_SET}, **analysis), logs=True)


def test_daemon_set_life() -> None:
    simulation = daemon_set(stepWeight=100)
    simulation.controller.sync()
    assert "log DaemonSet detail-primary.flagger created" in simulation.tick()
    simulation.new_revision()
    simulation.tick()
    simulation.workloads.canary_problem = DaemonSetStatus(1, 2, 1, 0)
    assert simulation.tick() == [
        "Warning canary damonset detail.flagger not ready with retryable true:"
        " waiting for rollout to finish: 1 out of 2 new pods have been updated"
    ]
    simulation.clock.advance(60)
    assert simulation.tick() == [
        "Warning canary damonset detail.flagger not ready with retryable false:"
        " exceeded its progressDeadlineSeconds: 60",
        "Warning Canary failed! Scaling down detail.flagger",
    ]


def test_daemon_set_primary_not_ready() -> None:
    simulation = daemon_set()
    simulation.controller.sync()
    simulation.workloads.primary_problem = DaemonSetStatus(0)
    assert simulation.tick()[-1] == (
        "Warning primary daemonset detail-primary.flagger not ready: waiting for rollout to"
        " finish: observed daemonset generation less than desired generation"
    )


def test_the_selector_that_stops_a_daemon_set_is_no_revision() -> None:
    simulation = daemon_set()
    simulation.bootstrap()
    simulation.workloads.change(nodeSelector={"flagger.app/scale-to-zero": "true"})
    assert simulation.tick() == []
    simulation.workloads.change(nodeSelector={"disk": "ssd"})
    assert "New revision detected!" in simulation.tick()[0]


def test_daemon_set_needs_rolling_updates() -> None:
    simulation = daemon_set()
    assert simulation.workloads.target_workload is not None
    simulation.workloads.target_workload = replace(
        simulation.workloads.target_workload, settings={"updateStrategy": {"type": "OnDelete"}}
    )
    assert simulation.tick()[-1] == (
        "Warning createPrimaryDaemonSet failed: daemonset detail.flagger must have RollingUpdate"
        " strategy but have OnDelete"
    )


def test_service_is_always_ready_and_its_metrics_are_named_so() -> None:
    simulation = Simulation(
        canary({"targetRef": SERVICE, "provider": "istio"}, metrics=[success_rate()]), logs=True
    )
    simulation.controller.sync()
    created = [
        "log Service detail-canary.flagger created",
        "log Service detail-primary.flagger created",
    ]
    first = simulation.tick()
    assert [line for line in first if "Service detail-" in line] == created
    assert simulation.tick() == ["log Service detail-canary.flagger updated"]
    simulation.workloads.primary_problem = deadline_exceeded()
    simulation.new_revision()
    simulation.tick(2)
    assert simulation.status.tracked_configs is None
    simulation.tick()
    source, query = simulation.metrics.queries[0]
    assert source.address == "http://prometheus:9090"
    assert query.startswith(" sum( rate( istio_requests_total{")


def test_missing_service() -> None:
    simulation = Simulation(canary({"targetRef": SERVICE}))
    simulation.workloads.target_workload = None
    assert simulation.tick()[-1] == (
        'Warning service detail-primary.flagger get query error: services "detail" not found'
    )


KNATIVE = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "detail"}


class KnativeWorkloads(SimulatedWorkloads):
    """A Knative service whose revisions are given by name."""

    status = KnativeStatus("detail-1", frozenset({"detail-1"}), frozenset({"detail-1"}))

    def target(self) -> Workload | None:
        return Workload("detail", {}, status=self.status)

    def create(self, name: str, *, is_ready: bool) -> None:
        known = self.status.revisions | {name}
        ready = known if is_ready else self.status.ready_revisions
        self.status = KnativeStatus(name, known, ready)


def knative_simulation() -> tuple[Simulation, KnativeWorkloads]:
    simulation = Simulation(canary({"targetRef": KNATIVE, "provider": "knative"}, stepWeight=50))
    workloads = KnativeWorkloads(Workload("detail", {}))
    ports = replace(simulation.ports, workloads=workloads)
    simulation.controller = Controller(ports, Flags())
    return simulation, workloads


def test_a_knative_service_is_promoted_by_its_revision() -> None:
    simulation, workloads = knative_simulation()
    simulation.tick(2)
    assert simulation.status.phase == "Initialized"
    workloads.create("detail-2", is_ready=True)
    weights = set()
    for _ in range(9):
        simulation.tick()
        weights.add(simulation.status.canary_weight)
    assert simulation.status.phase == "Succeeded"
    assert 50 in weights
    service = read_service(simulation.routes.read(KNATIVE_SERVICES, "detail"))
    assert service is not None
    assert service[0].primary_revision == "detail-2"


def test_a_knative_revision_that_is_not_ready_is_waited_for() -> None:
    simulation, workloads = knative_simulation()
    simulation.tick(2)
    workloads.create("detail-2", is_ready=False)
    simulation.tick()
    assert simulation.tick() == ["Warning Knative Revision detail-2.flagger is not ready"]


def test_a_knative_target_that_is_none_is_said() -> None:
    simulation = Simulation(canary({"targetRef": KNATIVE, "provider": "knative"}))
    assert any("is not a Knative Service" in line for line in simulation.tick())


def test_a_service_is_promoted_by_its_spec() -> None:
    simulation = Simulation(canary({"targetRef": SERVICE, "provider": "istio"}, stepWeight=100))
    simulation.bootstrap()
    simulation.new_revision()
    simulation.tick(5)
    primary = simulation.workloads.primary_workload
    assert simulation.status.phase == "Succeeded"
    assert primary is not None
    assert primary.name == "detail-primary"
    assert primary.template["spec"]["containers"] == [{"image": "v2"}]
