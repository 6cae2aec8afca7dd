"""Whether a rollout has finished, in Flagger's words (pkg/canary/*_ready.go).

Counts are Kubernetes'; the verdict is a NotReady that says whether waiting can help. `float32`
arithmetic is Flagger's.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from rehearsal.flagger.controller.errors import NotReady
from rehearsal.flagger.controller.workload import (
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
)
from rehearsal.flagger.golang import quote

_WAITING = "waiting for rollout to finish"


def check_deployment(
    name: str,
    generation: int,
    spec_replicas: int | None,
    status: DeploymentStatus,
    *,
    deadline_s: int,
    ready_threshold: int,
    now_s: float,
) -> None:
    """Raise NotReady unless the Deployment `name` has rolled out; the first reason wins."""
    if generation > status.observed_generation:
        raise NotReady(f"{_WAITING}: observed deployment generation less than desired generation")
    progress = _condition(status, "Progressing")
    if progress and progress.reason == "ProgressDeadlineExceeded":
        raise NotReady(f"deployment {quote(name)} exceeded its progress deadline", retriable=False)
    reason = _deployment_reason(spec_replicas, status, ready_threshold)
    if reason:
        stuck = progress is not None and _is_stuck(status, deadline_s, now_s)
        raise NotReady(f"{_WAITING}: {reason}", retriable=not stuck)


def _deployment_reason(
    spec_replicas: int | None, status: DeploymentStatus, ready_threshold: int
) -> str:
    updated = status.updated_replicas
    needed = share(updated, ready_threshold)
    if spec_replicas is not None and updated < spec_replicas:
        return f"{updated} out of {spec_replicas} new replicas have been updated"
    if status.replicas > updated:
        return f"{status.replicas - updated} old replicas are pending termination"
    if status.available_replicas < needed:
        return (
            f"{status.available_replicas} of {needed} (readyThreshold {ready_threshold}%)"
            " updated replicas are available"
        )
    return ""


def _is_stuck(status: DeploymentStatus, deadline_s: int, now_s: float) -> bool:
    available = _condition(status, "Available")
    return (
        available is not None
        and available.status == "False"
        and available.reason == "MinimumReplicasUnavailable"
        and available.last_update_s + deadline_s < now_s
    )


def _condition(status: DeploymentStatus, kind: str) -> DeploymentCondition | None:
    return next((one for one in status.conditions if one.type == kind), None)


def check_daemon_set(
    generation: int,
    status: DaemonSetStatus,
    *,
    deadline_s: int,
    ready_threshold: int,
    since_s: float,
    now_s: float,
) -> None:
    """Raise NotReady unless the DaemonSet has rolled out.

    Its deadline runs from the canary's last transition (`since_s`), not from its own conditions.
    """
    if generation > status.observed_generation:
        raise NotReady(f"{_WAITING}: observed daemonset generation less than desired generation")
    reason = _daemon_set_reason(status, ready_threshold)
    if not reason:
        return
    if since_s + deadline_s < now_s:
        raise NotReady(f"exceeded its progressDeadlineSeconds: {deadline_s}", retriable=False)
    raise NotReady(f"{_WAITING}: {reason}")


def _daemon_set_reason(status: DaemonSetStatus, ready_threshold: int) -> str:
    desired, updated = status.desired_number_scheduled, status.updated_number_scheduled
    needed = share(desired, ready_threshold)
    if updated < desired:
        return f"{updated} out of {desired} new pods have been updated"
    if status.number_available < needed:
        return (
            f"{status.number_available} of {needed} (readyThreshold {ready_threshold}%)"
            " updated pods are available"
        )
    return ""


@lru_cache(maxsize=1024)
def share(replicas: int, percent: int) -> int:
    """How many replicas `percent` of them are, in Go's `int32(float32(n) * (float32(p) / 100))`."""
    return int(_float32(_float32(replicas) * _float32(_float32(percent) / 100.0)))


def _float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])
