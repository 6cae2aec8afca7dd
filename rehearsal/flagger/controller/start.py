"""The beginning of a run, and its beginning anew when the revision changes on the way."""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT
from rehearsal.flagger.canary.model import CanaryStatus, Phase
from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.tick import Tick


def begin(tick: Tick) -> None:
    """Ask the gate, then start the target; the analysis begins on the next tick.

    The object is read again first, as Flagger does: a Failed canary has noted its template by now.
    """
    tick.canary = tick.ports.store.get()
    if not hooks.confirm_rollout(tick):
        return
    progressing = tick.in_phase(Phase.PROGRESSING)
    name = f"{progressing.target}.{progressing.namespace}"
    tick.recorder.info(progressing, f"New revision detected! Scaling up {name}")
    message = "New revision detected, progressing canary analysis."
    tick.alerts.send(progressing, "info", message, metadata=True)
    tick.scaler.resume_target(tick.canary)
    try:
        tick.target.scale_from_zero(tick.canary)
    except PortError as error:
        tick.recorder.error(tick.canary, str(error))
        return
    if tick.try_sync(CanaryStatus(phase=Phase.PROGRESSING), "controller/scheduler.go:926"):
        tick.recorder.phase(tick.canary, Phase.PROGRESSING)


def restart(tick: Tick) -> None:
    """Everything back to the primary and all counters to zero; the gate is not asked again."""
    name = f"{tick.canary.target}.{tick.canary.namespace}"
    text = f"New revision detected! Restarting analysis for {name}"
    tick.recorder.info(tick.canary, text)
    tick.route(TOTAL_WEIGHT, 0)
    tick.sync(CanaryStatus(phase=Phase.PROGRESSING))
