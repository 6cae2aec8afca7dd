"""A Deployment or DaemonSet as Flagger reads it: the numbers and conditions of its status. Pure."""

from collections.abc import Mapping
from typing import Any

from rehearsal.flagger.controller.workload import (
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    Workload,
)
from rehearsal.live.workloads.deployment import Deployment


def describe_workload(
    deployment: Deployment,
    match_labels: Mapping[str, str],
    settings: Mapping[str, Any],
    deadline_s: float,
    now_s: float,
) -> Workload:
    """What the API server would say of it; `deadline_s` is how long it may stand still."""
    deployment.note_availability(now_s)
    status = (
        _daemon_set_status(deployment, now_s)
        if deployment.daemon
        else _deployment_status(deployment, deadline_s, now_s)
    )
    return Workload(
        name=deployment.name,
        template=deployment.template,
        match_labels=match_labels,
        replicas=None if deployment.daemon else deployment.replicas,
        generation=deployment.generation,
        status=status,
        settings=settings,
    )


def _daemon_set_status(deployment: Deployment, now_s: float) -> DaemonSetStatus:
    return DaemonSetStatus(
        observed_generation=deployment.observed_generation,
        desired_number_scheduled=deployment.replicas,
        updated_number_scheduled=len(deployment.current()),
        number_available=deployment.available(now_s),
    )


def _deployment_status(deployment: Deployment, deadline_s: float, now_s: float) -> DeploymentStatus:
    current, outdated = deployment.current(), deployment.outdated()
    return DeploymentStatus(
        observed_generation=deployment.observed_generation,
        replicas=len(current) + len(outdated),
        updated_replicas=len(current),
        available_replicas=deployment.available(now_s),
        conditions=(_progressing(deployment, deadline_s, now_s), _available(deployment)),
    )


def _progressing(deployment: Deployment, deadline_s: float, now_s: float) -> DeploymentCondition:
    since_s = deployment.progressed_at_s
    complete = (
        not deployment.outdated()
        and deployment.available(now_s, deployment.current()) >= deployment.replicas
    )
    if not complete and now_s - since_s > deadline_s:
        return DeploymentCondition("Progressing", "False", "ProgressDeadlineExceeded", since_s)
    reason = "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"
    return DeploymentCondition("Progressing", "True", reason, since_s)


def _available(deployment: Deployment) -> DeploymentCondition:
    since_s = deployment.enough_changed_s
    if deployment.enough:
        return DeploymentCondition("Available", "True", "MinimumReplicasAvailable", since_s)
    return DeploymentCondition("Available", "False", "MinimumReplicasUnavailable", since_s)
