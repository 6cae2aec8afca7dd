"""Workloads whose rollouts are as far as an observed event says."""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.readiness import share
from rehearsal.flagger.controller.workload import (
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    Workload,
)
from rehearsal.flagger.messages import Message
from rehearsal.simulated.workloads import OBSERVED, READY, Readiness, Rollout, SimulatedWorkloads

_WAITING = "waiting for rollout to finish: "
_MOST_SPARE = 200
_EXCEEDED = Readiness(ready=False, deadline_exceeded=True)
_STUCK = (
    DeploymentCondition("Progressing", "True", "ReplicaSetUpdated"),
    DeploymentCondition("Available", "False", "MinimumReplicasUnavailable", -1e9),
)


class GuidedWorkloads(SimulatedWorkloads):
    """Simulated workloads that can also fail: `trouble` is the next error, raised once."""

    trouble: str = ""

    def target(self) -> Workload | None:
        if self.trouble:
            text, self.trouble = self.trouble, ""
            raise PortError(text)
        return super().target()

    def all_ready(self) -> None:
        """Both have rolled out."""
        self.primary_problem = self.canary_problem = READY

    def give_up(self) -> None:
        """Both have exceeded their deadlines, of which nothing was observed."""
        self.primary_problem = self.canary_problem = _EXCEEDED

    def make_unready(self, due: Message, is_final: bool) -> bool:
        """Be as unready as an event says; False where its reason is not understood.

        `is_final` is whether the controller gave up because of it.
        """
        status = unready(due.fields["reason"], self._kind, is_final)
        if status is None:
            return False
        wanted = _wanted(due.fields["reason"])
        if due.kind == "primary-not-ready":
            self.primary_problem = status
            if wanted is not None and self.primary_workload is not None:
                self.primary_workload = replace(self.primary_workload, replicas=wanted)
        else:
            self.canary_problem = status
            if wanted is not None and self.target_workload is not None:
                self.target_workload = replace(self.target_workload, replicas=wanted)
        return True

    def revise(self, number: int) -> None:
        """Give the target another pod template."""
        if self.target_workload is not None:
            template = {**self.target_workload.template, "spec": {"revision": str(number)}}
            self.target_workload = replace(self.target_workload, template=template)


def unready(reason: str, kind: str, is_final: bool) -> Rollout | Readiness | None:
    """The status that makes Flagger give this reason, or None when it is no reason of Flagger's."""
    if reason.endswith("generation less than desired generation"):
        return Readiness(observed=False)
    if reason.endswith("exceeded its progress deadline") and kind == "Deployment":
        return _EXCEEDED
    if kind == "DaemonSet" and reason.startswith("exceeded its progressDeadlineSeconds"):
        return DaemonSetStatus(OBSERVED, 1, 1, 0)
    counts = _counts(reason)
    if counts is None:
        return None
    total, updated, available = counts
    if kind == "DaemonSet":
        return DaemonSetStatus(OBSERVED, total, updated, available)
    conditions = _STUCK if is_final else ()
    return DeploymentStatus(OBSERVED, total, updated, available, conditions)


def _counts(reason: str) -> tuple[int, int, int] | None:
    """Replicas, updated and available ones."""
    if not reason.startswith(_WAITING):
        return None
    words = reason.removeprefix(_WAITING).replace("%)", "").split(" ")
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 7]
    if " out of " in reason and len(numbers) >= 2:
        return numbers[1], numbers[0], numbers[0]
    if reason.endswith("old replicas are pending termination") and numbers:
        return numbers[0] + 1_000, 1_000, 1_000
    if " of " in reason and len(numbers) == 3:
        available, needed, percent = numbers
        total = next(
            (n for n in range(needed, needed + 200) if share(n, percent) == needed), needed
        )
        return total, total, available
    return None


def _wanted(reason: str) -> int | None:
    """How many replicas the workload wants, where the reason depends on it."""
    counts = _counts(reason)
    if counts is None:
        return None
    return 1 if reason.endswith("pending termination") else counts[0]


def canary_of(canary: Canary, *, suspended: bool) -> Canary:
    """The canary, suspended or not."""
    if canary.spec.suspend == suspended:
        return canary
    return replace(canary, spec=canary.spec.model_copy(update={"suspend": suspended}))
