"""Where a canary may have stood before the first event that was observed.

Events last an hour in a cluster, so a file often begins in the middle of a rollout. Every place of
the canary's plan is a start to be tried; the one from which the events can be followed furthest is
taken for true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import TOTAL_WEIGHT, Analysis
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.messages import Message

MOST_PLACES = 120
KUBERNETES_ITERATIONS = 10
_AT_PRIMARY = Routing()
_ANALYSIS = frozenset({Phase.PROGRESSING, Phase.WAITING_PROMOTION})
_PHASES = (
    (
        frozenset({"providers-available", "providers-missing", "initialized"}),
        frozenset({Phase.INITIALIZING}),
    ),
    (
        frozenset({"detected", "confirm-rollout-passed", "confirm-rollout-closed"}),
        frozenset({Phase.INITIALIZED, Phase.WAITING}),
    ),
    (
        frozenset({"starting", "pre-rollout-passed", "pre-rollout-failed", "rollout-failed"})
        | frozenset({"advanced-weight", "advanced-iteration", "success-rate-halt", "custom-halt"})
        | frozenset({"duration-halt", "no-success-rate", "no-duration", "no-custom-values"}),
        _ANALYSIS,
    ),
    (frozenset({"advanced-primary", "routed-to-primary"}), frozenset({Phase.PROMOTING})),
)
"""In which phases a kind of event comes; kinds that are not here may come in any."""


@dataclass(frozen=True)
class Start:
    """Where the canary stands before a tick."""

    phase: Phase
    routes: Routing = _AT_PRIMARY
    iterations: int = 0
    failed_checks: int = 0

    def __str__(self) -> str:
        if self.phase is Phase.INITIALIZING:
            return "a canary that was just created"
        if self.phase in (Phase.INITIALIZED, Phase.WAITING):
            return f"phase {self.phase}"
        parts = [f"phase {self.phase}", f"canary weight {self.routes.canary}"]
        if self.iterations:
            parts.append(f"iteration {self.iterations}")
        if self.failed_checks:
            parts.append(f"{self.failed_checks} failed checks")
        return ", ".join(parts)


def starts(canary: Canary, messages: Sequence[Message]) -> Iterator[Start]:
    """Every place of the plan where the first event can come, from the beginning on."""
    kind = messages[0].kind if messages else ""
    phases = next((phases for kinds, phases in _PHASES if kind in kinds), None)
    return (start for start in _all(canary, messages) if phases is None or start.phase in phases)


def _all(canary: Canary, messages: Sequence[Message]) -> Iterator[Start]:
    yield Start(Phase.INITIALIZING)
    yield Start(Phase.INITIALIZED)
    yield Start(Phase.WAITING)
    failed = _failed_before(messages)
    places = list(_places(canary))[:MOST_PLACES]
    for routes, iterations in places:
        yield Start(Phase.PROGRESSING, routes, iterations, failed)
    last_routes, last_iterations = places[-1]
    yield Start(Phase.WAITING_PROMOTION, last_routes, last_iterations, failed)
    for routes in _promotion(canary.spec.analysis, last_routes):
        yield Start(Phase.PROMOTING, routes)
    yield Start(Phase.FINALISING)


def _failed_before(messages: Sequence[Message]) -> int:
    """Failed checks that nobody observed: those that a rollback counts beyond what was seen."""
    seen = 0
    for message in messages:
        if message.kind in ("detected", "restarting"):
            return 0
        if message.kind == "rolling-back":
            return max(0, int(message.fields["count"]) - seen)
        seen += message.counts_as_failed_check
    return 0


def _places(canary: Canary) -> Iterator[tuple[Routing, int]]:
    analysis = canary.spec.analysis
    iterations = analysis.iterations
    if iterations < 1 and canary.spec.provider == "kubernetes":
        iterations = KUBERNETES_ITERATIONS
    if iterations < 1:
        yield from ((Routing(TOTAL_WEIGHT - weight, weight), 0) for weight in weights_of(analysis))
        return
    yield Routing(mirrored=False), 0
    for done in range(1, min(iterations, MOST_PLACES) + 2):
        at_canary = bool(analysis.match) or done > iterations
        routes = Routing(0, TOTAL_WEIGHT) if at_canary else Routing(mirrored=analysis.mirror)
        yield routes, done


def weights_of(analysis: Analysis) -> list[int]:
    """The weights of a canary, from 0 to the one that is promoted."""
    weights = [0]
    limit = analysis.weight_limit
    if analysis.step_weights and analysis.step_weight <= 0:
        return [0, *(min(weight, TOTAL_WEIGHT) for weight in analysis.step_weights)]
    while analysis.step_weight > 0 and weights[-1] < limit:
        weights.append(min(TOTAL_WEIGHT, weights[-1] + analysis.step_weight))
    return weights


def _promotion(analysis: Analysis, last: Routing) -> Iterator[Routing]:
    yield last
    canary = last.canary
    while analysis.step_weight_promotion > 0 and canary > 0:
        canary = max(0, canary - analysis.step_weight_promotion)
        yield Routing(TOTAL_WEIGHT - canary, canary)
