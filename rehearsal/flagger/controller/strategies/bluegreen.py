"""Blue/Green: some iterations of checks, then everyone at once (scheduler.go, runBlueGreen)."""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.promotion import copy_to_primary, count_iteration
from rehearsal.flagger.controller.tick import KUBERNETES, Tick


def advance(tick: Tick, routing: Routing) -> None:
    """One more iteration; after the last, all traffic to the canary; after that, the promotion."""
    planned, done = tick.canary.spec.analysis.iterations, tick.canary.status.iterations
    if planned > done:
        _start_mirroring(tick, routing)
        count_iteration(tick)
    elif not hooks.confirm_promotion(tick):
        return
    elif planned == done:
        _route_to_canary(tick)
    else:
        copy_to_primary(tick)


def _start_mirroring(tick: Tick, routing: Routing) -> None:
    if tick.provider == KUBERNETES or routing.mirrored or not tick.canary.spec.analysis.mirror:
        return
    try:
        tick.route(TOTAL_WEIGHT, 0, mirrored=True)
    except PortError as error:
        tick.recorder.warn(tick.canary, str(error))
    tick.recorder.log(tick.canary, "Start traffic mirroring", "controller/scheduler.go:695")


def _route_to_canary(tick: Tick) -> None:
    """One tick beyond the plan; on `kubernetes`, where nothing is routed, it passes in silence."""
    if tick.provider != KUBERNETES:
        tick.recorder.info(
            tick.canary,
            "Stop traffic mirroring and route all traffic to canary"
            if tick.canary.spec.analysis.mirror
            else "Routing all traffic to canary",
        )
        tick.route(0, TOTAL_WEIGHT)
        tick.recorder.weight(tick.canary, 0, TOTAL_WEIGHT)
    tick.status.set_iterations(tick.canary.status.iterations + 1)
