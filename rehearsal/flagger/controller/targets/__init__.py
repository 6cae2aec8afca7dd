"""Kinds of targets: one file each, chosen by `spec.targetRef.kind`."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.targets.base import BOOTSTRAP, Target
from rehearsal.flagger.controller.targets.daemonset import DaemonSetTarget
from rehearsal.flagger.controller.targets.deployment import DeploymentTarget
from rehearsal.flagger.controller.targets.knative import KnativeTarget
from rehearsal.flagger.controller.targets.service import ServiceTarget

__all__ = ["BOOTSTRAP", "Target", "target_of"]

KNATIVE = "Knative Service"

_KINDS: dict[str, Callable[[Ports, Flags, Recorder], Target]] = {
    "DaemonSet": DaemonSetTarget,
    "Deployment": DeploymentTarget,
    KNATIVE: KnativeTarget,
    "Service": ServiceTarget,
}


def target_of(canary: Canary, ports: Ports, flags: Flags, recorder: Recorder) -> Target:
    """The target of a canary."""
    reference = canary.spec.target_ref
    kind = KNATIVE if reference.is_knative else reference.kind
    return _KINDS[kind](ports, flags, recorder)
