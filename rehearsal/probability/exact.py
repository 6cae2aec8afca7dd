"""The endings of a run without sampling: a Markov chain over its ticks. Pure.

A state is a position of the plan (phase, weight, iterations), the count of failed checks, and what
the next checks still need of the past (`counting`). A tick moves its chance on: a passed check to
the following position, a failed one to a higher count, a count at its limit to the rollback. What
is absorbed is a distribution of endings.

Users' failed requests follow from the requests that met the new revision on the way: their mean is
exact, since what an interval routes to the canary was decided before it began. Their distribution
is taken as that of Poisson counts around the mean of each ending, which neglects that a run with a
failed check met more failures than its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.probability.arrivals import Stream
from rehearsal.probability.checks import FailingCheck, ShareCheck
from rehearsal.probability.counting import Counter, Local
from rehearsal.probability.plan import Plan, Position
from rehearsal.probability.timeline import LoadTimeline, Scrapes, microseconds

_NEGLIGIBLE = 1e-12
_MOST_TICKS_OF_LOAD = 50

End = Literal["rolled back", "promoted", "stuck"]


@dataclass(frozen=True)
class Ending:
    """One way for a run to end: how likely, when, and how many users' requests it exposed."""

    end: End
    chance: float
    time_s: float
    exposed: float


@dataclass
class _Reached:
    """All runs that are at one position with one count of failed checks.

    `exposed` is the sum over them of the requests that met the new revision, each run weighted with
    its chance. `states` are empty where nothing is asked any more.
    """

    chance: float = 0.0
    exposed: float = 0.0
    states: dict[Local, float] = field(default_factory=dict)

    def add(self, chance: float, exposed: float, states: dict[Local, float]) -> None:
        self.chance += chance
        self.exposed += exposed
        for state, likely in states.items():
            self.states[state] = self.states.get(state, 0.0) + likely


Place = tuple[int, int]
"""A position's index, and the count of failed checks."""


class ExactRun:
    """All endings of one stream under one position of the scrapes."""

    def __init__(
        self,
        plan: Plan,
        interval_s: float,
        checks: Sequence[ShareCheck | FailingCheck],
        loads: LoadTimeline,
        stream: Stream,
        scrapes: Scrapes,
    ) -> None:
        self._plan = plan
        self._interval_s = interval_s
        self._loads = loads
        self._stream = stream
        self._horizon_s = stream.setting.horizon_s
        shares = [check for check in checks if isinstance(check, ShareCheck)]
        self._always_fails = len(shares) < len(checks)
        self._judges = bool(shares) and not self._always_fails
        most = most_requests(plan, loads, stream, interval_s)
        self._counter = Counter(shares, stream, scrapes, microseconds(interval_s), most)
        self.endings: list[Ending] = []
        self.reached: dict[int, float] = {}
        """By number: how likely a run has that many failed checks before it ends."""

    @property
    def is_exact(self) -> bool:
        """Whether no distribution had to be simplified on the way."""
        return self._counter.is_exact or not self._judges

    @property
    def is_coarse(self) -> bool:
        """Whether so much had to be simplified that sampling is nearer to the truth."""
        return self._counter.is_coarse and self._judges

    def run(self) -> list[Ending]:
        """Tick until everything has ended, or the horizon is reached."""
        if not self._plan.positions:
            return [Ending("stuck", 1.0, self._horizon_s, 0.0)]
        states = {self._counter.start(): 1.0} if self._judges else {}
        reached = {(0, 0): _Reached(1.0, 0.0, states)}
        tick = 0
        while reached and (tick + 1) * self._interval_s <= self._horizon_s:
            reached = self._tick(reached, tick)
            tick += 1
        for runs in reached.values():
            self._end("stuck", self._horizon_s, runs.chance, runs.exposed)
        return self.endings

    def _tick(self, reached: dict[Place, _Reached], tick: int) -> dict[Place, _Reached]:
        """One interval and the tick that ends it."""
        after: dict[Place, _Reached] = {}
        time_s = (tick + 1) * self._interval_s
        for (at, failed), runs in reached.items():
            position = self._plan.positions[at]
            met = self._stream.traffic_per_s * self._interval_s * position.exposed_share
            runs.exposed += runs.chance * met
            if position.asks != "free" and failed >= self._plan.limit:
                self._end("rolled back", time_s, runs.chance, runs.exposed)
            elif self._goes_round(at, position):
                self._end("stuck", self._horizon_s, runs.chance, runs.exposed)
            else:
                self._step(after, (at, failed), runs, position, tick)
        return {place: runs for place, runs in after.items() if runs.chance > _NEGLIGIBLE}

    def _goes_round(self, at: int, position: Position) -> bool:
        """Whether the plan comes back here for good, and nothing on the way can fail."""
        following = position.following
        if following is None or following > at:
            return False
        around = self._plan.positions[following : at + 1]
        can_fail = self._judges or self._always_fails
        return not (can_fail and any(one.asks == "check" for one in around))

    def _step(
        self,
        after: dict[Place, _Reached],
        place: Place,
        runs: _Reached,
        position: Position,
        tick: int,
    ) -> None:
        at, failed = place
        passed, missed = self._verdicts(runs, position, tick)
        mean = runs.exposed / runs.chance
        lost = sum(missed.values()) if self._judges else runs.chance - sum(passed.values())
        if position.asks == "check" and self._always_fails:
            passed, lost = {}, runs.chance
        elif not runs.states:
            lost = 0.0
        if lost > 0:
            over = failed + 1 >= self._plan.limit
            self.reached[failed + 1] = self.reached.get(failed + 1, 0.0) + lost
            self._reach(after, (at, failed + 1), lost, lost * mean, {} if over else missed)
        kept = runs.chance - lost
        if position.following is None:
            self._end("promoted", (tick + 1) * self._interval_s, kept, kept * mean)
        elif kept > 0:
            onward = self._plan.positions[position.following].asks != "free"
            self._reach(
                after, (position.following, failed), kept, kept * mean, passed if onward else {}
            )

    def _verdicts(
        self, runs: _Reached, position: Position, tick: int
    ) -> tuple[dict[Local, float], dict[Local, float]]:
        """States after the tick, by whether its checks passed."""
        if not runs.states or position.asks == "free":
            return {}, {}
        verdicts = self._counter.advance(
            runs.states,
            tick,
            self._loads.after(tick),
            position.canary_share,
            position.copied_share,
        )
        if position.asks == "start":
            return {state: one + other for state, (one, other) in verdicts.items()}, {}
        return (
            {state: passed for state, (passed, _) in verdicts.items() if passed > 0},
            {state: missed for state, (_, missed) in verdicts.items() if missed > 0},
        )

    def _reach(
        self,
        after: dict[Place, _Reached],
        place: Place,
        chance: float,
        exposed: float,
        states: dict[Local, float],
    ) -> None:
        after.setdefault(place, _Reached()).add(chance, exposed, states)

    def _end(self, end: End, time_s: float, chance: float, exposed: float) -> None:
        if chance > 0:
            self.endings.append(Ending(end, chance, time_s, exposed / chance))


def most_requests(plan: Plan, loads: LoadTimeline, stream: Stream, interval_s: float) -> float:
    """How many requests the canary gets in an interval at most, on average."""
    checked = [position for position in plan.positions if position.asks != "free"]
    share = max((one.canary_share + one.copied_share for one in checked), default=0.0)
    ticks = min(plan.ticks + plan.limit, _MOST_TICKS_OF_LOAD)
    length_us = microseconds(interval_s)
    extra = max(
        sum(
            burst.requests(0, length_us) * (1.0 if burst.load.reaches == "canary" else share)
            for burst in loads.after(tick)
        )
        for tick in range(ticks + 1)
    )
    setting = stream.setting
    return (stream.traffic_per_s * share + setting.probes_per_s) * interval_s + extra
