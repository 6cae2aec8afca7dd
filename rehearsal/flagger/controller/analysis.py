"""One analysis tick: the pre-rollout checks while nothing is routed, and everything afterwards."""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.controller import hooks
from rehearsal.flagger.controller.checks import builtin, templated
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.tick import KUBERNETES, Tick

KUBERNETES_ITERATIONS = 10


def passed(tick: Tick, routing: Routing) -> bool:
    """Run the checks of this tick; a failure is counted in the status."""
    ok = hooks.pre_rollout(tick) if _starts(tick, routing) else check(tick)
    if not ok:
        tick.status.set_failed_checks(tick.canary.status.failed_checks + 1)
    return ok


def _starts(tick: Tick, routing: Routing) -> bool:
    """Nothing reaches the canary yet, not even a copy: its traffic cannot be judged."""
    canary = tick.canary
    mirrors = canary.spec.analysis.mirror and routing.mirrored
    if routing.canary != 0 or canary.status.iterations != 0 or mirrors:
        return False
    name = f"{canary.target}.{canary.namespace}"
    tick.recorder.info(canary, f"Starting canary analysis for {name}")
    return True


def check(tick: Tick) -> bool:
    """Webhooks, then builtin and in-line metrics, then templates; the first failure ends it."""
    return hooks.rollout(tick) and builtin.check(tick) and templated.check(tick)


def fit_plan(tick: Tick) -> None:
    """Make the plan one that the provider `kubernetes` can follow, in memory, on every tick."""
    if tick.provider != KUBERNETES:
        return
    analysis = tick.canary.spec.analysis
    if analysis.match:
        text = "A/B testing is not supported when using the kubernetes provider"
        tick.recorder.warn(tick.canary, text)
        analysis = analysis.model_copy(update={"match": ()})
    if analysis.iterations < 1:
        for text in (
            "Progressive traffic is not supported when using the kubernetes provider",
            f"Setting canaryAnalysis.iterations: {KUBERNETES_ITERATIONS}",
        ):
            tick.recorder.warn(tick.canary, text)
        analysis = analysis.model_copy(update={"iterations": KUBERNETES_ITERATIONS})
    spec = tick.canary.spec.model_copy(update={"analysis": analysis})
    tick.canary = replace(tick.canary, spec=spec)
