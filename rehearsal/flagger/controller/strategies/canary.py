"""Progressive traffic: weights that grow step by step (scheduler.go, runCanary)."""

from __future__ import annotations

from itertools import pairwise

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT, Analysis
from rehearsal.flagger.canary.model import Phase
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.promotion import copy_to_primary
from rehearsal.flagger.controller.tick import Tick

_ASKS_NOBODY = (Phase.PROMOTING, Phase.WAITING_PROMOTION, Phase.FINALISING)


def advance(tick: Tick, routing: Routing) -> None:
    """One more step, or the promotion once the limit is reached; a step of 0 never ends."""
    analysis = tick.canary.spec.analysis
    step = next_step(analysis, routing.canary)
    if step <= 0:
        return
    asks = not routing.mirrored and tick.phase not in _ASKS_NOBODY
    if asks and not hooks.confirm_traffic_increase(tick):
        return
    if routing.canary < analysis.weight_limit:
        _increase(tick, routing, step)
    elif hooks.confirm_promotion(tick):
        copy_to_primary(tick)


def next_step(analysis: Analysis, weight: int) -> int:
    """How much to add to a weight.

    A step that leads nowhere (`stepWeights` beginning with 0, or decreasing) is 0 or negative and
    so stops the run for good. At 100 any step will do, for the promotion comes next.
    """
    steps = analysis.step_weights
    if analysis.step_weight > 0 or not steps:
        return analysis.step_weight
    room = TOTAL_WEIGHT - weight
    if room == 0:
        return 1
    if weight == 0:
        return min(room, steps[0])
    for current, following in pairwise(steps):
        if current == weight:
            return min(room, following - weight)
    return room


def _increase(tick: Tick, routing: Routing, step: int) -> None:
    canary = tick.canary
    following = _next_routing(tick, routing, step)
    tick.route(following.primary, following.canary, following.mirrored)
    tick.status.set_weight(following.canary)
    tick.recorder.weight(canary, following.primary, following.canary)
    text = f"Advance {canary.full_name} canary weight {following.canary}"
    tick.recorder.info(canary, text)


def _next_routing(tick: Tick, routing: Routing, step: int) -> Routing:
    if not (tick.canary.spec.analysis.mirror and routing.canary == 0):
        primary = max(0, routing.primary - step)
        return Routing(primary, min(TOTAL_WEIGHT, routing.canary + step), routing.mirrored)
    following = _mirror_step(routing, step)
    weights = f"{following.primary}/{following.canary}/{str(following.mirrored).lower()}"
    text = f"Running mirror step {weights}"
    tick.recorder.log(tick.canary, text, "controller/scheduler.go:588")
    return following


def _mirror_step(routing: Routing, step: int) -> Routing:
    """One tick of copies before the first real request."""
    if routing.mirrored:
        return Routing(TOTAL_WEIGHT - step, step, mirrored=False)
    return Routing(TOTAL_WEIGHT, 0, mirrored=True)
