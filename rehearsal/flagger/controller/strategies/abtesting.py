"""A/B testing: matching requests go to the canary for some iterations (scheduler.go, runAB)."""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.promotion import copy_to_primary, count_iteration
from rehearsal.flagger.controller.tick import Tick


def advance(tick: Tick, routing: Routing) -> None:
    """One more iteration, or the promotion after the last."""
    planned, done = tick.canary.spec.analysis.iterations, tick.canary.status.iterations
    if planned > done:
        tick.route(0, TOTAL_WEIGHT)
        tick.recorder.weight(tick.canary, 0, TOTAL_WEIGHT)
        count_iteration(tick)
    elif hooks.confirm_promotion(tick) and planned == done:
        copy_to_primary(tick)
