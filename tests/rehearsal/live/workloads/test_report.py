from typing import Any

from rehearsal.flagger.controller.workload import DeploymentCondition, DeploymentStatus
from rehearsal.live.workloads.deployment import Deployment
from rehearsal.live.workloads.report import workload


def _status(deployment: Deployment, now_s: float, deadline_s: float = 60) -> DeploymentStatus:
    status = workload(deployment, {"app": "detail"}, {}, deadline_s, now_s).status
    assert isinstance(status, DeploymentStatus)
    return status


def _condition(status: DeploymentStatus, kind: str) -> DeploymentCondition:
    return next(c for c in status.conditions if c.type == kind)


def _deployment() -> Deployment:
    return Deployment("detail", {"spec": {"v": 1}}, 2, max_unavailable=1)


def test_numbers_of_a_new_deployment() -> None:
    deployment = _deployment()
    assert _status(deployment, 0).observed_generation == 0
    started, _ = deployment.reconcile(1)
    deployment.mark_ready(started[0].name, True, 2)
    status = _status(deployment, 3)
    assert (status.replicas, status.updated_replicas, status.available_replicas) == (2, 2, 1)


def test_numbers_of_a_rolling_update() -> None:
    deployment = _deployment()
    started, _ = deployment.reconcile(0)
    for pod in started:
        deployment.mark_ready(pod.name, True, 0)
    deployment.change(template={"spec": {"v": 2}})
    deployment.reconcile(1)
    status = _status(deployment, 1)
    assert (status.replicas, status.updated_replicas, status.available_replicas) == (2, 1, 1)


def test_no_progress_within_the_deadline() -> None:
    deployment = _deployment()
    deployment.reconcile(10)
    assert _condition(_status(deployment, 70), "Progressing").reason == "ReplicaSetUpdated"
    exceeded = _condition(_status(deployment, 71), "Progressing")
    assert (exceeded.status, exceeded.reason) == ("False", "ProgressDeadlineExceeded")


def test_what_is_complete_does_not_exceed_its_deadline() -> None:
    deployment = _deployment()
    for pod in deployment.reconcile(0)[0]:
        deployment.mark_ready(pod.name, True, 1)
    condition = _condition(_status(deployment, 1000), "Progressing")
    assert condition.reason == "NewReplicaSetAvailable"


def test_availability_and_since_when() -> None:
    deployment = _deployment()
    deployment.reconcile(5)
    lacking = _condition(_status(deployment, 9), "Available")
    assert (lacking.reason, lacking.last_update_s) == ("MinimumReplicasUnavailable", 5)
    for pod in deployment.current():
        deployment.mark_ready(pod.name, True, 11)
    enough: dict[str, Any] = vars(_condition(_status(deployment, 12), "Available"))
    assert (enough["reason"], enough["last_update_s"]) == ("MinimumReplicasAvailable", 12)
