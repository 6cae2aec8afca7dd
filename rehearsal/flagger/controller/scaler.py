"""The scaler of a canary (`spec.autoscalerRef`), if it has one."""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.ports import Workloads
from rehearsal.flagger.controller.recorder import Recorder

_LINES = {
    ("HorizontalPodAutoscaler", "created"): ("HorizontalPodAutoscaler v2", "hpa_reconciler.go:94"),
    ("HorizontalPodAutoscaler", "updated"): ("HorizontalPodAutoscaler v2", "hpa_reconciler.go:142"),
    ("ScaledObject", "created"): ("Keda ScaledObject", "scaled_object_reconciler.go:92"),
}
"""How a change of the primary's scaler is logged; that a ScaledObject was updated is not."""


class Scaler:
    """Keeps the primary's scaler like the target's; without a reference it does nothing."""

    def __init__(self, workloads: Workloads, recorder: Recorder) -> None:
        self._workloads = workloads
        self._recorder = recorder

    def reconcile_primary(self, canary: Canary, *, update: bool) -> None:
        """Create the primary's scaler, or with `update` bring it up to date."""
        reference = canary.spec.autoscaler_ref
        if reference is None:
            return
        applied = self._workloads.apply_primary_scaler(update=update)
        line = _LINES.get((reference.kind, applied))
        if line is not None:
            title, caller = line
            name = f"{reference.name}-primary.{canary.namespace}"
            self._recorder.log(canary, f"{title} {name} {applied}", f"canary/{caller}")

    def pause_target(self, canary: Canary) -> None:
        """Keep the target's scaler from starting what Flagger stopped."""
        if canary.spec.autoscaler_ref is not None:
            self._workloads.pause_target_scaler()

    def resume_target(self, canary: Canary) -> None:
        """Let the target's scaler work again."""
        if canary.spec.autoscaler_ref is not None:
            self._workloads.resume_target_scaler()
