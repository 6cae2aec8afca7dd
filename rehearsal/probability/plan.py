"""Where a run rests between two ticks, found by letting the controller itself take the steps.

The control loop is a function: from what is stored (phase, weight, iterations) and the verdict of
the checks it makes what is stored next. A passed check leads on, a failed one leaves everything as
it is but for the count. So one run in which every check passes visits all there is; with the count
of failed checks beside it this is the Markov chain of `exact`, and the itinerary of `sampling`. No
rule of Flagger's is written down here a second time.

A run that comes back to where it has been goes round for good: it is stuck.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rehearsal.flagger.canary.analysis import SUCCESS_RATE, TOTAL_WEIGHT, Metric, Webhook
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Routing
from rehearsal.simulated.simulation import Simulation

TickKind = Literal["start", "check", "free"]
"""What the tick out of a position asks: pre-rollout hooks, rollout hooks and metrics, or nothing.
"""

MOST_POSITIONS = 3000

_PRE_ROLLOUT, _ROLLOUT = "pre-rollout", "rollout"
_RECEIVER = "http://receiver/"


@dataclass(frozen=True)
class Position:
    """What is in force from one tick to the next, and what the next one asks.

    `canary_share` of the requests at the apex are answered by the canary, `copied_share` are copied
    to it besides; once `promoted`, the primary runs the new revision too. `following` is the index
    of the position that a passed tick leads to, None where it ends the run as Succeeded.
    """

    phase: Phase
    canary_share: float
    copied_share: float
    promoted: bool
    asks: TickKind
    following: int | None

    @property
    def exposed_share(self) -> float:
        """Which share of users' requests meets the new revision."""
        return 1.0 if self.promoted else self.canary_share


@dataclass(frozen=True)
class Plan:
    """The positions of a run, from the one after its detection on.

    Without any, no run begins, and `obstacle` says why; `limit` failed checks end one.
    """

    positions: tuple[Position, ...]
    limit: int
    obstacle: str = ""

    @property
    def ticks(self) -> int:
        """How many ticks after its detection a run ends that passes every check."""
        return len(self.positions)

    @property
    def is_endless(self) -> bool:
        """Whether a run that passes every check never ends."""
        return all(position.following is not None for position in self.positions)

    @property
    def checks(self) -> int:
        """How many ticks ask the metrics on the way to the promotion."""
        return sum(position.asks == "check" for position in self.positions)


def plan_of(canary: Canary, flags: Flags | None = None, matched_share: float = 1.0) -> Plan:
    """The plan of a canary whose gates are open and whose pods are always ready.

    `matched_share` of the requests satisfy `analysis.match`, where there is such a thing.
    """
    limit = canary.spec.analysis.failed_checks_limit
    if canary.spec.suspend:
        return Plan((), limit, "it is suspended")
    simulation = Simulation(_with_probes(canary), flags=flags)
    obstacle = _detect(simulation)
    if obstacle:
        return Plan((), limit, obstacle)
    return Plan(_walk(simulation, canary, matched_share), limit)


def _with_probes(canary: Canary) -> Canary:
    """The canary with one hook of each kind and one metric: who is asked tells the kind of a tick.

    Gates are left out, and so is everything that only listens.
    """
    hooks = (
        Webhook(name=_PRE_ROLLOUT, url=f"{_RECEIVER}{_PRE_ROLLOUT}", type="pre-rollout"),
        Webhook(name=_ROLLOUT, url=f"{_RECEIVER}{_ROLLOUT}", type="rollout"),
    )
    analysis = canary.spec.analysis.model_copy(
        update={"metrics": (Metric(name=SUCCESS_RATE),), "webhooks": hooks, "alerts": ()}
    )
    update = {"analysis": analysis, "autoscaler_ref": None}
    return Canary(canary.name, canary.namespace, canary.spec.model_copy(update=update))


def _detect(simulation: Simulation) -> str:
    """Bootstrap and detect a new revision; why that fails, or nothing."""
    simulation.controller.sync()
    simulation.tick()
    if simulation.status.phase is Phase.INITIALIZED:
        simulation.new_revision()
        simulation.tick()
    if simulation.status.phase is Phase.PROGRESSING:
        return ""
    return _last_warning(simulation.events.lines)


def _last_warning(lines: Sequence[str]) -> str:
    warnings = [line.removeprefix("Warning ") for line in lines if line.startswith("Warning ")]
    return warnings[-1] if warnings else "the controller never initialises it"


@dataclass(frozen=True)
class _Stored:
    """All that a tick starts from."""

    phase: Phase
    iterations: int
    routing: Routing
    promoted: bool


def _walk(simulation: Simulation, canary: Canary, matched_share: float) -> tuple[Position, ...]:
    visited: dict[_Stored, int] = {}
    positions: list[Position] = []
    stored = _stored(simulation, promoted=False)
    while stored not in visited and len(positions) < MOST_POSITIONS:
        visited[stored] = len(positions)
        simulation.hooks.calls.clear()
        lines = simulation.tick()
        promoted = stored.promoted or any(" Copying " in f" {line} " for line in lines)
        after = _stored(simulation, promoted)
        ended = after.phase is Phase.SUCCEEDED
        following = None if ended else visited.get(after, len(positions) + 1)
        share, copied = _shares(stored.routing, canary, matched_share)
        positions.append(
            Position(stored.phase, share, copied, stored.promoted, _asked(simulation), following)
        )
        if ended:
            break
        stored = after
    return tuple(positions)


def _stored(simulation: Simulation, promoted: bool) -> _Stored:
    status = simulation.status
    return _Stored(status.phase, status.iterations, simulation.routes.routing, promoted)


def _asked(simulation: Simulation) -> TickKind:
    called = {call.hook for call in simulation.hooks.calls}
    if _ROLLOUT in called:
        return "check"
    return "start" if _PRE_ROLLOUT in called else "free"


def _shares(routing: Routing, canary: Canary, matched_share: float) -> tuple[float, float]:
    """Which shares of the requests at the apex the canary answers, and gets copies of."""
    applies = matched_share if routing.matched else 1.0
    weight = canary.spec.analysis.mirror_weight or TOTAL_WEIGHT
    copied = weight / TOTAL_WEIGHT if routing.mirrored else 0.0
    return routing.canary / TOTAL_WEIGHT * applies, copied


__all__ = ["MOST_POSITIONS", "Plan", "PortError", "Position", "TickKind", "plan_of"]
