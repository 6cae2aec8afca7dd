from typing import Any

import pytest

from rehearsal.flagger.controller.workload import DaemonSetStatus, DeploymentStatus
from rehearsal.live.workloads.deployment import Deployment, RollingUpdate, read_strategy
from rehearsal.live.workloads.report import describe_workload


def _deployment(**more: Any) -> Deployment:
    return Deployment("detail", {"v": 1}, 2, strategy=RollingUpdate(1, 1), **more)


def _status(deployment: Deployment, now_s: float, deadline_s: float = 60.0) -> DeploymentStatus:
    status = describe_workload(deployment, {}, {}, deadline_s, now_s).status
    assert isinstance(status, DeploymentStatus)
    return status


def test_a_deployment_that_nobody_has_observed_yet() -> None:
    found = describe_workload(_deployment(), {"app": "detail"}, {"minReadySeconds": 5}, 60, 0)
    assert (found.name, found.replicas, found.generation) == ("detail", 2, 1)
    assert found.match_labels == {"app": "detail"}
    assert found.settings == {"minReadySeconds": 5}
    assert isinstance(found.status, DeploymentStatus)
    assert found.status.observed_generation == 0


def test_an_update_under_way_is_counted() -> None:
    deployment = _deployment()
    for pod in deployment.reconcile(0)[0]:
        deployment.mark_ready(pod.name, True, 1)
    status = _status(deployment, 2)
    assert (status.replicas, status.updated_replicas, status.available_replicas) == (2, 2, 2)
    assert status.conditions[0].reason == "NewReplicaSetAvailable"
    deployment.change(template={"v": 2})
    started, stopped = deployment.reconcile(3)
    status = _status(deployment, 3)
    assert (status.replicas, status.updated_replicas) == (len(started) + 1, len(started))
    assert len(stopped) == 1
    assert status.conditions[0].reason == "ReplicaSetUpdated"


@pytest.mark.parametrize(("now_s", "exceeded"), [(60, False), (60.1, True)])
def test_standing_still_exceeds_the_deadline(now_s: float, exceeded: bool) -> None:
    deployment = _deployment()
    deployment.reconcile(0)
    condition = _status(deployment, now_s).conditions[0]
    assert (condition.status == "False") is exceeded
    assert (condition.reason == "ProgressDeadlineExceeded") is exceeded


def test_progress_restarts_the_deadline() -> None:
    deployment = _deployment()
    first, _ = deployment.reconcile(0)[0]
    deployment.mark_ready(first.name, True, 50)
    assert _status(deployment, 100).conditions[0].status == "True"
    assert _status(deployment, 111).conditions[0].status == "False"


@pytest.mark.parametrize(("ready", "enough"), [(0, False), (1, True), (2, True)])
def test_availability_allows_for_what_may_be_missing(ready: int, enough: bool) -> None:
    deployment = _deployment()
    pods, _ = deployment.reconcile(0)
    for pod in pods[:ready]:
        deployment.mark_ready(pod.name, True, 1)
    condition = _status(deployment, 2).conditions[1]
    assert (condition.status == "True") is enough
    assert (condition.reason == "MinimumReplicasAvailable") is enough


def test_a_daemon_set_has_its_own_numbers() -> None:
    deployment = Deployment("agent", {"v": 1}, 1, daemon=True)
    (pod,), _ = deployment.reconcile(0)
    deployment.mark_ready(pod.name, True, 1)
    found = describe_workload(deployment, {}, {}, 60, 2)
    assert found.replicas is None
    assert found.status == DaemonSetStatus(1, 1, 1, 1)


@pytest.mark.parametrize(
    ("settings", "replicas", "unavailable", "surge"),
    [
        ({}, 4, 1, 1),
        ({}, 3, 0, 1),
        ({}, 1, 0, 1),
        ({"strategy": None}, 4, 1, 1),
        ({"strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "50%"}}}, 3, 0, 2),
        ({"strategy": {"rollingUpdate": {"maxUnavailable": "50%", "maxSurge": 0}}}, 3, 1, 0),
        ({"strategy": {"rollingUpdate": {"maxUnavailable": "10%", "maxSurge": 0}}}, 3, 1, 0),
        ({"strategy": {"type": "Recreate"}}, 3, 3, 0),
    ],
)
def test_shares_round_as_kubernetes_does(
    settings: dict[str, Any], replicas: int, unavailable: int, surge: int
) -> None:
    strategy = read_strategy(settings)
    assert strategy.unavailable(replicas) == unavailable
    assert strategy.surge(replicas) == surge


def test_a_daemon_set_replaces_one_by_one() -> None:
    strategy = read_strategy({}, daemon=True)
    assert (strategy.unavailable(5), strategy.surge(5)) == (1, 0)


def test_recreating_ends_all_before_it_begins() -> None:
    deployment = Deployment(
        "d", {"v": 1}, 2, strategy=read_strategy({"strategy": {"type": "Recreate"}})
    )
    for pod in deployment.reconcile(0)[0]:
        deployment.mark_ready(pod.name, True, 1)
    deployment.change(template={"v": 2})
    started, stopped = deployment.reconcile(2)
    assert (len(started), len(stopped)) == (0, 2)
    for pod in stopped:
        deployment.forget(pod.name)
    started, _ = deployment.reconcile(3)
    assert len(started) == 2
