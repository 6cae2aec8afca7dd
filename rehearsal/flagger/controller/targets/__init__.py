"""Kinds of targets: one file each, chosen by `spec.targetRef.kind`."""

from __future__ import annotations

from collections.abc import Callable

from commons.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.targets.base import BOOTSTRAP, Target
from rehearsal.flagger.controller.targets.daemonset import DaemonSetTarget
from rehearsal.flagger.controller.targets.deployment import DeploymentTarget
from rehearsal.flagger.controller.targets.service import ServiceTarget

__all__ = ["BOOTSTRAP", "Target", "of"]

_KINDS: dict[str, Callable[[Ports, Flags, Recorder], Target]] = {
    "DaemonSet": DaemonSetTarget,
    "Deployment": DeploymentTarget,
    "Service": ServiceTarget,
}


def of(canary: Canary, ports: Ports, flags: Flags, recorder: Recorder) -> Target:
    """The target of a canary; raises UserError for a Knative service, which is not rehearsed."""
    reference = canary.spec.target_ref
    if reference.api_version.startswith("serving.knative.dev/"):
        raise UserError(
            f"{canary.full_name}: spec.targetRef is a Knative service, which cannot be rehearsed; "
            "use a Deployment, a DaemonSet or a Service of v1"
        )
    return _KINDS[reference.kind](ports, flags, recorder)
