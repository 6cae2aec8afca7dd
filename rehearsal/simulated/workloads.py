"""The target, its primary and what they mount, on no cluster at all.

A rollout takes no time: both are ready at once unless `primary_problem` or `canary_problem` says
otherwise. Templates are never copied; a controller does not change what it is handed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Applied
from rehearsal.flagger.controller.workload import (
    Config,
    ConfigKind,
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    Workload,
)
from rehearsal.flagger.values import changed

Rollout = DeploymentStatus | DaemonSetStatus
OBSERVED = 10**6
"""An observed generation that is never behind."""


@dataclass(frozen=True)
class Readiness:
    """How far a rollout has come; counts that are None follow from `ready` and the replicas wanted.

    `available` is all that were updated when ready, else 0. For a DaemonSet `replicas` is how many
    pods are desired, and `deadline_exceeded` is a matter of time, not of its status.
    """

    ready: bool = True
    updated: int | None = None
    replicas: int | None = None
    available: int | None = None
    observed: bool = True
    deadline_exceeded: bool = False

    def rollout(self, kind: str, wanted: int) -> Rollout:
        """The status of a workload of this kind that should have `wanted` replicas."""
        generation = OBSERVED if self.observed else 0
        replicas = wanted if self.replicas is None else self.replicas
        if kind == "DaemonSet":
            wanted = replicas
        updated = wanted if self.updated is None else self.updated
        available = (updated if self.ready else 0) if self.available is None else self.available
        if kind == "DaemonSet":
            return DaemonSetStatus(generation, replicas, updated, available)
        conditions = (_EXCEEDED,) if self.deadline_exceeded else ()
        return DeploymentStatus(generation, replicas, updated, available, conditions)


def refuse_knative(canary: Canary) -> None:
    """Raise UserError for a target whose revisions are Knative's own: nothing here makes them."""
    if canary.spec.target_ref.is_knative:
        raise UserError(
            f"{canary.full_name}: spec.targetRef is a Knative service, which cannot be rehearsed;"
            " use a Deployment, a DaemonSet or a Service of v1"
        )


READY = Readiness()
Report = tuple[Workload, object, Workload]
"""A workload and what ails it, and both as one value: made again only when one was replaced."""
_EXCEEDED = DeploymentCondition("Progressing", "False", "ProgressDeadlineExceeded")


class SimulatedWorkloads:
    """The `Workloads` port. `calls` are the changes that the controller made, in order."""

    def __init__(self, target: Workload, kind: str = "Deployment") -> None:
        self._kind = kind
        self.target_workload: Workload | None = target
        self.primary_workload: Workload | None = None
        self.primary_problem: Rollout | Readiness | None = None
        self.canary_problem: Rollout | Readiness | None = None
        self._target_report: Report | None = None
        self._primary_report: Report | None = None
        self.configs: dict[tuple[str, str], Config] = {}
        self.min_replicas: int | None = 2
        self.scaler_applied: Applied | PortError = "created"
        self.fail_scaling: PortError | None = None
        self.calls: list[str] = []

    def target(self) -> Workload | None:
        workload, known = self.target_workload, self._target_report
        if known is not None and known[0] is workload and known[1] is self.canary_problem:
            return known[2]
        if workload is None:
            return None
        reported = self._reported(workload, self.canary_problem)
        self._target_report = workload, self.canary_problem, reported
        return reported

    def primary(self) -> Workload | None:
        workload, known = self.primary_workload, self._primary_report
        if known is not None and known[0] is workload and known[1] is self.primary_problem:
            return known[2]
        if workload is None:
            return None
        reported = self._reported(workload, self.primary_problem)
        self._primary_report = workload, self.primary_problem, reported
        return reported

    def _reported(self, workload: Workload, problem: Rollout | Readiness | None) -> Workload:
        return changed(workload, status=self._status(workload, problem))

    def _status(self, workload: Workload, problem: Rollout | Readiness | None) -> Rollout:
        if problem is None:
            problem = READY
        if isinstance(problem, Readiness):
            return problem.rollout(self._kind, workload.replicas or 0)
        return problem

    def apply_primary(self, workload: Workload) -> None:
        self.calls.append("apply_primary")
        self.primary_workload = workload

    def scale_target(self, replicas: int) -> None:
        self.calls.append(f"scale_target {replicas}")
        if self.fail_scaling:
            raise self.fail_scaling
        if self.target_workload is not None:
            self.target_workload = changed(self.target_workload, replicas=replicas)

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        return self.configs.get((kind, name))

    def apply_config(self, config: Config) -> None:
        self.configs[config.kind, config.name] = config

    def scaler_min_replicas(self) -> int | None:
        return self.min_replicas

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        if isinstance(self.scaler_applied, PortError):
            raise self.scaler_applied
        applied, self.scaler_applied = self.scaler_applied, "unchanged"
        return applied

    def pause_target_scaler(self) -> None:
        self.calls.append("pause_target_scaler")

    def resume_target_scaler(self) -> None:
        self.calls.append("resume_target_scaler")

    def change(self, **template: Any) -> None:
        """Apply a new pod template; keywords go into its spec."""
        if self.target_workload is None:
            raise ValueError("there is no target to change")
        changed: dict[str, Any] = copy.deepcopy(dict(self.target_workload.template))
        changed["spec"] |= template
        self.target_workload = replace(self.target_workload, template=changed)


def waiting(updated: int = 2, available: int = 0, **fields: Any) -> DeploymentStatus:
    """A rollout whose new pods are not available yet."""
    return DeploymentStatus(OBSERVED, updated, updated, available, **fields)


def unobserved() -> DeploymentStatus:
    """A rollout the deployment controller has not even seen."""
    return DeploymentStatus(observed_generation=0)


def terminating(old: int = 1) -> DeploymentStatus:
    """A rollout that waits for old pods to end."""
    return DeploymentStatus(OBSERVED, 2 + old, 2, 2)


def deadline_exceeded() -> DeploymentStatus:
    """A rollout that Kubernetes gave up on."""
    return waiting(conditions=(_EXCEEDED,))


def stuck_since(time_s: float) -> DeploymentStatus:
    """A rollout without enough pods since then."""
    return waiting(
        conditions=(
            DeploymentCondition("Progressing", "True", "ReplicaSetUpdated"),
            DeploymentCondition("Available", "False", "MinimumReplicasUnavailable", time_s),
        )
    )
