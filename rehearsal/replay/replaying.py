"""Following observed events with the control loop, until the two part."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import Canary, CanaryStatus, Phase
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.tick import make_router
from rehearsal.flagger.controller.workload import Workload
from rehearsal.flagger.messages import Message, take_apart
from rehearsal.replay.guided import (
    Guide,
    GuidedEvents,
    GuidedHooks,
    GuidedMetrics,
    GuidedRoutes,
    GuidedStore,
    Parted,
    Said,
    modern,
)
from rehearsal.replay.observed import Observed
from rehearsal.replay.rollouts import GuidedWorkloads, canary_of
from rehearsal.replay.starts import Start, starts
from rehearsal.simulated.workloads import refuse_knative

MOST_SEGMENTS = 50
"""After so many partings the rest of the events is left alone."""

MOST_SILENT_TICKS = 8
"""So many ticks without an event are possible in a row while something is still to come."""

_IDLE = (Phase.INITIALIZED, Phase.SUCCEEDED, Phase.FAILED)
_NOT_READY = ("primary-not-ready", "canary-not-ready")
_GIVEN_UP = ("failed", "promotion-failed")


@dataclass(frozen=True)
class Step:
    """One observed event that the model followed; `canary` is the object it was recorded on."""

    observed: Observed
    canary: Canary


@dataclass(frozen=True)
class Lost:
    """An event that the model recorded and nobody observed, before the one at `line`."""

    line: int
    message: str


@dataclass(frozen=True)
class Parting:
    """Where the two went different ways: what was observed, and what the model said instead.

    `expected` is empty where the model had nothing to say. `canary` is the object as the model has
    it then.
    """

    observed: Observed
    expected: str
    canary: Canary


@dataclass(frozen=True)
class Segment:
    """A stretch of events that the model could follow from one start on.

    So many `alternatives` to this start would have done as well. `passed_over` are events after the
    parting that say no more than the one that could not be followed.

    `following` is what the model had to say beyond the last event on the same tick.
    """

    start: Start
    steps: tuple[Step, ...]
    lost: tuple[Lost, ...]
    parting: Parting | None
    following: str
    status: CanaryStatus
    routes: Routing
    alternatives: int = 0
    passed_over: tuple[Observed, ...] = ()


def replay(
    canary: Canary, observed: Sequence[Observed], flags: Flags | None = None
) -> tuple[Segment, ...]:
    """Follow the events of a canary; after a parting, start again where it was.

    Raises UserError for a Canary that Flagger would drop.
    """
    flags = flags or Flags()
    segments: list[Segment] = []
    rest = list(observed)
    messages = [take_apart(modern(one.message), canary) for one in rest]
    for _ in range(MOST_SEGMENTS):
        if not rest:
            break
        last = segments[-1] if segments else None
        best = _best(canary, rest, messages, flags, last.routes if last else None)
        followed = len(best.steps) or _unfollowed(messages)
        if not (last and last.parting and best.parting and _is_same(last.parting, best.parting)):
            segments.append(best)
        if not best.steps:
            segments[-1] = replace(segments[-1], passed_over=tuple(rest[1:followed]))
        rest, messages = rest[followed:], messages[followed:]
    return tuple(segments)


def _unfollowed(messages: Sequence[Message]) -> int:
    """How many events are passed over where none can be followed; a rollback is two."""
    kinds = [message.kind for message in messages[:2]]
    return 2 if kinds == ["rolling-back", "failed"] else 1


def _is_same(one: Parting, other: Parting) -> bool:
    """Whether the two could not follow the same event."""
    return one.observed is other.observed


def _best(
    canary: Canary,
    observed: Sequence[Observed],
    messages: Sequence[Message],
    flags: Flags,
    near: Routing | None,
) -> Segment:
    """The start from which the model follows furthest; of equal ones the first or nearest."""
    found: list[Segment] = []
    for start in starts(canary, messages):
        found.append(_World(canary, start, observed, messages, flags).follow())
        if near is None and len(found[-1].steps) == len(observed):
            break
    most = max(len(segment.steps) for segment in found)
    equal = [segment for segment in found if len(segment.steps) == most]
    weight = near.canary if near else equal[0].start.routes.canary
    best = min(equal, key=lambda segment: abs(segment.start.routes.canary - weight))
    return replace(best, alternatives=len(equal) - 1)


class _World:
    """The control loop from one start, guided by the events from there on."""

    def __init__(
        self,
        canary: Canary,
        start: Start,
        observed: Sequence[Observed],
        messages: Sequence[Message],
        flags: Flags,
    ) -> None:
        refuse_knative(canary)
        self._start = start
        self._observed = observed
        self._guide = Guide(canary, observed, messages)
        self._clock = VirtualClock()
        self._revisions = 0
        self._store = GuidedStore(replace(canary, status=CanaryStatus()), self._guide)
        target = Workload(canary.target, {"spec": {"revision": "0"}}, {"app": canary.target}, 2)
        self._workloads = GuidedWorkloads(target, canary.spec.target_ref.kind)
        self._workloads.all_ready()
        self._routes = GuidedRoutes(canary.apex_service, self._guide)
        self._flags = flags
        self._ports = Ports(
            self._store,
            self._workloads,
            self._routes,
            GuidedMetrics(self._guide, self._store, canary, flags),
            GuidedHooks(self._guide),
            GuidedEvents(self._guide, self._routes),
            self._clock,
        )
        self._controller = Controller(self._ports, flags)

    def follow(self) -> Segment:
        """Tick until the events are over, or the two part."""
        self._prepare()
        silent = 0
        while not self._guide.is_over and silent <= MOST_SILENT_TICKS:
            said = len(self._guide.said)
            self._set_up()
            try:
                self._controller.tick()
            except Parted:
                break
            self._guide.tick += 1
            self._clock.advance(self._store.get().spec.analysis.interval_s)
            silent = silent + 1 if len(self._guide.said) == said else 0
        return self._segment()

    def _prepare(self) -> None:
        """Come to the start, through a bootstrap and a detection that nobody observed."""
        start = self._start
        self._controller.sync()
        if start.phase is not Phase.INITIALIZING:
            self._controller.tick()
        if start.phase not in (Phase.INITIALIZING, Phase.INITIALIZED):
            self._workloads.revise(1)
            self._controller.tick()
            self._route(start.routes)
            status = self._store.get().status
            self._store.put_status(
                replace(
                    status,
                    phase=start.phase,
                    canary_weight=0 if start.iterations else start.routes.canary,
                    iterations=start.iterations,
                    failed_checks=start.failed_checks,
                )
            )
        self._guide.begin()

    def _route(self, routing: Routing) -> None:
        canary = self._store.get()
        provider = canary.spec.provider or self._flags.mesh_provider
        recorder = Recorder(self._ports, self._flags)
        with suppress(PortError):  # a canary that could not be initialized has no routes
            make_router(provider, self._ports, recorder).set(canary, routing)

    def _set_up(self) -> None:
        """Bring about what the event that is due tells of."""
        guide, canary = self._guide, self._store.get()
        due = guide.due()
        self._store.put_spec(canary_of(canary, suspended=due.kind == "suspended").spec)
        self._workloads.all_ready()
        self._workloads.trouble = "" if due.kind else due.text
        is_change = due.kind not in ("", "suspended") and canary.status.phase in _IDLE
        if is_change or due.kind == "restarting":
            self._revisions += 1
            self._workloads.revise(self._revisions + 1)
        ahead = 1 if due.kind in ("providers-available", "providers-missing") else 0
        due, following = guide.due(ahead), guide.due(ahead + 1)
        if due.kind in _NOT_READY:
            self._workloads.make_unready(due, following.kind in _GIVEN_UP)
            if "progressDeadlineSeconds" in due.fields["reason"]:
                self._clock.advance(canary.spec.progress_deadline_seconds + 1)
        elif due.kind in _GIVEN_UP and not self._guide.position:
            self._workloads.give_up()

    def _segment(self) -> Segment:
        guide = self._guide
        followed = max((n for n, one in enumerate(guide.said) if one.observed), default=-1)
        before, after = guide.said[: followed + 1], guide.said[followed + 1 :]
        stored = self._store.get()
        parting, routes = None, self._routes.routing
        if not guide.is_over:
            observed = self._observed[guide.position]
            expected = after[0].message if after else ""
            canary = after[0].canary if after else stored
            routes = before[-1].routes if before else self._start.routes
            parting = Parting(observed, expected, canary)
        return Segment(
            self._start,
            tuple(Step(one.observed, one.canary) for one in before if one.observed),
            _lost(before),
            parting,
            after[0].message if after and guide.is_over else "",
            stored.status,
            routes,
        )


def _lost(said: Sequence[Said]) -> tuple[Lost, ...]:
    """What was said and not observed, each with the line of the event that was observed next."""
    lost: list[Lost] = []
    waiting: list[str] = []
    for one in said:
        if one.observed is None:
            waiting.append(one.message)
        else:
            lost += [Lost(one.observed.line, message) for message in waiting]
            waiting.clear()
    return tuple(lost)
