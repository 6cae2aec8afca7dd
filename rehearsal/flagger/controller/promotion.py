"""From a passed analysis to Succeeded: copy, shift the traffic back, stop the target."""

from __future__ import annotations

from typing import Literal

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.flagger.canary.model import Phase
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.tick import KUBERNETES, Tick


def count_iteration(tick: Tick) -> None:
    """One iteration of Blue/Green or A/B is done."""
    canary = tick.canary
    done, planned = canary.status.iterations + 1, canary.spec.analysis.iterations
    tick.status.set_iterations(done)
    text = f"Advance {canary.full_name} canary iteration {done}/{planned}"
    tick.recorder.info(canary, text)


def copy_to_primary(tick: Tick) -> None:
    """Give the primary the target's template: Promoting."""
    _copy(tick)
    tick.set_phase(Phase.PROMOTING)


def _copy(tick: Tick) -> None:
    canary = tick.canary
    source = f"{canary.target}.{canary.namespace}"
    primary = f"{canary.primary}.{canary.namespace}"
    tick.recorder.info(canary, f"Copying {source} template spec to {primary}")
    tick.target.promote(canary)


def shift(tick: Tick, routing: Routing) -> None:
    """Promoting: all traffic back to the primary, at once or in steps of stepWeightPromotion."""
    tick.scaler.reconcile_primary(tick.canary, update=True)
    if tick.provider == KUBERNETES:
        tick.set_phase(Phase.FINALISING)
    elif tick.canary.spec.analysis.step_weight_promotion == 0:
        tick.recorder.info(tick.canary, "Routing all traffic to primary")
        tick.route(TOTAL_WEIGHT, 0)
        tick.recorder.weight(tick.canary, TOTAL_WEIGHT, 0)
        tick.set_phase(Phase.FINALISING)
    elif routing.canary > 0:
        _shift_step(tick, routing)


def _shift_step(tick: Tick, routing: Routing) -> None:
    canary, step = tick.canary, tick.canary.spec.analysis.step_weight_promotion
    primary = min(TOTAL_WEIGHT, routing.primary + step)
    remaining = max(0, routing.canary - step)
    tick.route(primary, remaining)
    tick.recorder.weight(canary, primary, remaining)
    text = f"Advance {canary.full_name} primary weight {primary}"
    tick.recorder.info(canary, text)
    if primary == TOTAL_WEIGHT:
        tick.set_phase(Phase.FINALISING)
    else:
        tick.status.set_weight(remaining)


def finalise(tick: Tick) -> None:
    """Finalising: the target stops, and the run has succeeded."""
    tick.scaler.pause_target(tick.canary)
    tick.target.scale_to_zero(tick.canary)
    name = f"{tick.canary.target}.{tick.canary.namespace}"
    _succeed(
        tick,
        "completed",
        f"Promotion completed! Scaling down {name}",
        "Canary analysis completed successfully, promotion finished.",
    )


def skip(tick: Tick) -> None:
    """The whole promotion in one tick, when the analysis is skipped."""
    tick.route(TOTAL_WEIGHT, 0)
    tick.recorder.weight(tick.canary, TOTAL_WEIGHT, 0)
    _copy(tick)
    tick.scaler.reconcile_primary(tick.canary, update=True)
    tick.scaler.pause_target(tick.canary)
    tick.target.scale_to_zero(tick.canary)
    name = f"{tick.canary.target}.{tick.canary.namespace}"
    _succeed(
        tick,
        "skipped",
        f"Promotion completed! Canary analysis was skipped for {name}",
        "Canary analysis was skipped, promotion finished.",
    )


def _succeed(tick: Tick, how: Literal["completed", "skipped"], event: str, alert: str) -> None:
    tick.set_phase(Phase.SUCCEEDED)
    tick.recorder.phase(tick.canary, Phase.SUCCEEDED)
    tick.recorder.finished(tick.canary, "successes", how)
    succeeded = tick.in_phase(Phase.SUCCEEDED)
    hooks.post_rollout(tick, succeeded, Phase.SUCCEEDED)
    tick.recorder.info(succeeded, event)
    tick.alerts.send(succeeded, "info", alert)
