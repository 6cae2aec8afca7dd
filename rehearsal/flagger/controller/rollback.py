"""The ends of a run that failed: back to the primary, or, in a promotion, on to the canary."""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.flagger.canary.model import CanaryStatus, Phase
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.tick import Tick


def roll_back(tick: Tick) -> None:
    """All traffic to the primary, the target stopped, Failed; retried next tick if it cannot."""
    canary = tick.canary
    failed, limit = canary.status.failed_checks, canary.spec.analysis.failed_checks_limit
    if failed >= limit:
        reached = f"ailed checks threshold reached {failed}"
        tick.recorder.warn(canary, f"Rolling back {canary.full_name} f{reached}")
        tick.alerts.send(canary, "error", f"F{reached}")
    tick.route(TOTAL_WEIGHT, 0)
    tick.recorder.warn(
        tick.in_phase(Phase.FAILED), f"Canary failed! Scaling down {canary.full_name}"
    )
    tick.recorder.weight(canary, TOTAL_WEIGHT, 0)
    tick.scaler.pause_target(canary)
    tick.target.scale_to_zero(canary)
    _fail(tick, CanaryStatus(phase=Phase.FAILED), "controller/scheduler.go:986")


def fail_promotion(tick: Tick, error: PortError) -> None:
    """The primary broke while taking over: the canary is the only healthy copy and gets it all."""
    canary = tick.canary
    reason = f"primary not ready: {error}"
    name = f"{canary.target}.{canary.namespace}"
    tick.recorder.warn(canary, f"Promotion of {name} failed, {reason}")
    tick.alerts.send(canary, "error", f"Promotion failed, {reason}")
    tick.route(0, TOTAL_WEIGHT)
    tick.recorder.weight(canary, 0, TOTAL_WEIGHT)
    status = CanaryStatus(phase=Phase.FAILED, canary_weight=TOTAL_WEIGHT)
    _fail(tick, status, "controller/scheduler.go:1025")


def _fail(tick: Tick, status: CanaryStatus, caller: str) -> None:
    if not tick.try_sync(status, caller):
        return
    tick.recorder.phase(tick.canary, Phase.FAILED)
    tick.recorder.finished(tick.canary, "failures", "completed")
    hooks.post_rollout(tick, tick.canary, Phase.FAILED)
