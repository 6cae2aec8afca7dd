"""The smallest change of a Canary that keeps two promises, and what it costs. Pure.

Changes are tried one at a time, then in pairs, and so on, at each number of changes building on the
`BEAM` best so far; the threshold is chosen last, since one run of the chain tells for every
threshold how many builds would reach it. Among all that keep both promises the cheapest wins: by
minutes of a healthy rollout and by users' requests that a broken build fails, as multiples of what
they are today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.probability.arrivals import Stream
from rehearsal.probability.changes import Change, apply_changes, possible_changes, threshold_change
from rehearsal.probability.exact import ExactRun
from rehearsal.probability.model import Fault, Odds, Setting
from rehearsal.probability.odds import odds_of
from rehearsal.probability.promises import Promise
from rehearsal.probability.sequential import Hypotheses, Need, needs
from rehearsal.probability.subject import Subject, subject_of
from rehearsal.probability.timeline import all_scrapes

MOST_CHANGES = 4
MOST_THRESHOLD = 6
BEAM = 5
_CHEAP = 3.0
"""Below this cost (today's is 2) changes are taken at once; above, one change more is tried."""


@dataclass(frozen=True)
class Kept:
    """What a Canary makes of the two promises: odds of the build to catch, and of that to spare."""

    broken: Odds
    healthy: Odds


@dataclass(frozen=True)
class Better:
    """What keeps both promises at one traffic, or the nearest to it that was found.

    `changes` are empty where today's Canary keeps them. `needs` is what tests would need that look
    at every request.
    """

    catch: Promise
    spare: Promise
    traffic_per_s: float
    now: Kept
    changes: tuple[Change, ...]
    then: Kept
    needs: tuple[Need, ...]

    @property
    def keeps(self) -> bool:
        """Whether both promises are kept with the changes."""
        return _gap(self.catch, self.spare, self.then) <= 0

    @property
    def kept_already(self) -> bool:
        """Whether today's Canary keeps both."""
        return self.keeps and not self.changes


@dataclass(frozen=True)
class _Candidate:
    changes: tuple[Change, ...]
    limit: int
    gap: float


class Search:
    """A search over one Canary under one traffic."""

    def __init__(
        self,
        canary: Canary,
        catch: Promise,
        spare: Promise,
        traffic_per_s: float,
        setting: Setting,
        templates: Iterable[MetricTemplate] = (),
        flags: Flags | None = None,
    ) -> None:
        self._canary = canary
        self._catch, self._spare = catch, spare
        self._traffic_per_s = traffic_per_s
        self._setting = setting
        self._templates = tuple(templates)
        self._flags = flags or Flags()
        self._own = self._subject(canary)
        self._possible = possible_changes(
            canary, catch, spare, self._flags.mesh_provider, hook_load=setting.hook_load
        )

    def find(self) -> Better:
        """The cheapest changes that keep both promises; the nearest where none do."""
        now = self._kept(self._canary)
        if _gap(self._catch, self._spare, now) <= 0:
            return self._better(now, (), now)
        fitting: list[tuple[float, tuple[Change, ...], Kept]] = []
        tried = [self._try(())]
        beam = tried
        for _ in range(MOST_CHANGES):
            found = bool(fitting)
            fitting += self._fitting(beam, now)
            if found or any(cost < _CHEAP for cost, _, _ in fitting):
                break
            beam = self._extended(beam)
            tried += beam
        if fitting:
            _, changes, then = min(fitting, key=lambda one: one[0])
            return self._better(now, changes, then)
        nearest = min(tried, key=lambda one: one.gap)
        changes = self._with_threshold(nearest)
        return self._better(now, changes, self._kept(apply_changes(self._canary, changes)))

    def _extended(self, beam: Sequence[_Candidate]) -> list[_Candidate]:
        """Each of the best with one change more."""
        best = sorted(beam, key=lambda one: one.gap)[:BEAM]
        seen: dict[frozenset[str], _Candidate] = {}
        for candidate in best:
            used = {change.dimension for change in candidate.changes}
            for change in self._possible:
                changes = (*candidate.changes, change)
                key = frozenset(one.text for one in changes)
                if change.dimension not in used and key not in seen:
                    seen[key] = self._try(changes)
        return list(seen.values())

    def _fitting(
        self, candidates: Sequence[_Candidate], now: Kept
    ) -> list[tuple[float, tuple[Change, ...], Kept]]:
        """Those that keep both promises by all positions of the scrapes, with their costs.

        The cheapest come first, and what cannot be cheaper than one that was found is left out.
        """
        found: list[tuple[float, tuple[Change, ...], Kept]] = []
        hopeful = [candidate for candidate in candidates if candidate.gap <= 0]
        for candidate in sorted(hopeful, key=self._least_cost):
            if found and self._least_cost(candidate) >= min(cost for cost, _, _ in found):
                break
            changes = self._with_threshold(candidate)
            then = self._kept(apply_changes(self._canary, changes))
            if _gap(self._catch, self._spare, then) <= 0:
                found.append((_cost(now, then, changes), changes, then))
        return found

    def _least_cost(self, candidate: _Candidate) -> float:
        """What the changes cost if no request of users failed."""
        subject = self._subject(apply_changes(self._canary, candidate.changes))
        mine = subject.plan.ticks * subject.interval_s
        own = self._own.plan.ticks * self._own.interval_s
        slower = mine / own if own else 1.0
        return slower + sum(change.cost for change in self._with_threshold(candidate))

    def _with_threshold(self, candidate: _Candidate) -> tuple[Change, ...]:
        if candidate.limit == self._canary.spec.analysis.failed_checks_limit:
            return candidate.changes
        return (*candidate.changes, threshold_change(self._canary, candidate.limit))

    def _try(self, changes: tuple[Change, ...]) -> _Candidate:
        """The threshold that comes nearest to both promises under these changes."""
        subject = self._subject(apply_changes(self._canary, changes))
        caught = self._reached(subject, self._catch.error_share)
        gaps = [self._catch.gap(chance) for chance in caught]
        if min(gaps) <= 0:
            spared = self._reached(subject, self._spare.error_share)
            gaps = [
                max(gap, self._spare.gap(chance), 0.0)
                for gap, chance in zip(gaps, spared, strict=True)
            ]
        limits = range(1, len(gaps) + 1)
        own = self._canary.spec.analysis.failed_checks_limit
        limit = min(limits, key=lambda one: (max(0.0, gaps[one - 1]), one != own, one))
        return _Candidate(changes, limit, max(0.0, gaps[limit - 1]))

    def _reached(self, subject: Subject, error_share: float) -> list[float]:
        """For each threshold the chance of a rollback, at one position of the scrapes."""
        run = ExactRun(
            subject.with_limit(MOST_THRESHOLD).plan,
            subject.interval_s,
            subject.share_checks,
            subject.timeline(),
            Stream(self._traffic_per_s, error_share, self._setting),
            all_scrapes(self._setting.scrape_s, 1)[0],
        )
        run.run()
        return [run.reached.get(limit, 0.0) for limit in range(1, MOST_THRESHOLD + 1)]

    def _kept(self, canary: Canary) -> Kept:
        subject, setting = self._subject(canary), replace(self._setting, replicas=1)
        broken = odds_of(subject, self._traffic_per_s, Fault(self._catch.error_share), setting)
        healthy = odds_of(subject, self._traffic_per_s, Fault(self._spare.error_share), setting)
        return Kept(broken, healthy)

    def _subject(self, canary: Canary) -> Subject:
        return subject_of(canary, self._templates, self._flags, self._setting)

    def _better(self, now: Kept, changes: tuple[Change, ...], then: Kept) -> Better:
        hypotheses = Hypotheses(
            self._spare.error_share,
            self._catch.error_share,
            self._spare.chance,
            1 - self._catch.chance,
        )
        return Better(
            self._catch,
            self._spare,
            self._traffic_per_s,
            now,
            changes,
            then,
            needs(hypotheses),
        )


def find_better(
    canary: Canary,
    catch: Promise,
    spare: Promise,
    traffic_per_s: float,
    setting: Setting | None = None,
    *,
    templates: Iterable[MetricTemplate] = (),
    flags: Flags | None = None,
) -> Better:
    """Search for the smallest change that keeps both promises at this traffic."""
    return Search(
        canary, catch, spare, traffic_per_s, setting or Setting(), templates, flags
    ).find()


def _gap(catch: Promise, spare: Promise, kept: Kept) -> float:
    return max(catch.gap(kept.broken.rolled_back), spare.gap(kept.healthy.rolled_back))


def _cost(now: Kept, then: Kept, changes: Sequence[Change]) -> float:
    """Minutes and failed requests, as multiples of today's."""
    before_s, after_s = now.healthy.promotion_s, then.healthy.promotion_s
    slower = after_s / before_s if before_s and after_s else 1.0
    worse = (then.broken.failed_requests + 1) / (now.broken.failed_requests + 1)
    return slower + worse + sum(change.cost for change in changes)
