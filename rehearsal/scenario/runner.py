"""The player: puts the acts of a story on a stage and says how each ended."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from rehearsal.applications.container import container_of, with_image
from rehearsal.errors import StageError
from rehearsal.flagger.controller.ports import Event
from rehearsal.live.environment import Stage
from rehearsal.live.traffic import Tally
from rehearsal.manifests import shipped_manifests
from rehearsal.recording.event_log import Journal
from rehearsal.recording.snapshot import Glance
from rehearsal.scenario.expectations import difference, messages, over, share_doubt
from rehearsal.scenario.step import Act, Apply, Drill
from rehearsal.scenario.target import Target

_POLL_S = 0.05
_LOOK_S = 0.25
# An act that takes longer than this many intervals, on top of real starts, does not end any more.
_INTERVALS = 40
_PATIENCE_S = 60.0
_ADVANCE = re.compile(r"Advance \S+ canary weight (\d+)")
_RETREAT = re.compile(r"(Copying|Routing all|Canary failed|Rolling back|Advance \S+ primary)")


@dataclass
class Outcome:
    """How an act ended; `complaints` is empty when all was as told."""

    act: Act
    complaints: list[str] = field(default_factory=list)
    visits: Tally = field(default_factory=Tally)
    version: str = "?"
    messages: list[str] = field(default_factory=list)

    @property
    def as_told(self) -> bool:
        return not self.complaints

    def verdict(self) -> str:
        """One line a person reads when the act is over."""
        if self.as_told:
            people = f"{self.visits.requests} visits, {self.visits.failures} met an error"
            return f"  as told: the page says version {self.version}; {people}"
        return "\n".join(f"  NOT as told: {complaint}" for complaint in self.complaints)


class Player:
    """Plays acts one after the other, and stops when a part of the stage dies."""

    def __init__(self, journal: Journal, target: Target) -> None:
        self._journal = journal
        self._target = target
        self._first_event = 0
        self.outcomes: list[Outcome] = []
        self.moments: list[Glance] = []

    async def play(self, stage: Stage, acts: Sequence[Act]) -> None:
        """All acts; StageError when a part of the stage dies or an act does not end."""
        self._journal.listen(lambda event: _note_weight(stage, event))
        watching = asyncio.create_task(self._look(stage))
        try:
            await self._acts(stage, acts)
        finally:
            watching.cancel()

    async def _acts(self, stage: Stage, acts: Sequence[Act]) -> None:
        for number, act in enumerate(acts, start=1):
            self._journal.narrate(f"\nAct {number}: {act.title}")
            outcome = Outcome(act, visits=stage.visitors.begin(act.name))
            self.outcomes.append(outcome)
            await self._unless_failed(stage, self._act(stage, act, outcome), outcome)
            self._journal.narrate(outcome.verdict())

    def glance(self, stage: Stage) -> Glance:
        """The moment, for a live view."""
        outcome = self.outcomes[-1] if self.outcomes else None
        return stage.glance(
            name=outcome.act.name if outcome else "",
            act=outcome.act.title if outcome else "",
            visits=sum(o.visits.requests for o in self.outcomes),
            failures=sum(o.visits.failures for o in self.outcomes),
        )

    async def _look(self, stage: Stage) -> None:
        while True:
            self.moments.append(self.glance(stage))
            await asyncio.sleep(_LOOK_S)

    async def _act(self, stage: Stage, act: Act, outcome: Outcome) -> None:
        self._first_event = len(self._journal.events())
        self._change(stage, act)
        drill = asyncio.create_task(self._drill(stage, act.drill))
        try:
            await self._until_over(stage, act)
            await drill
        finally:
            drill.cancel()
        stage.visitors.open_doors()
        await _until(stage.cluster.settled)
        outcome.version = await _page_version(stage)
        outcome.messages = self._said()
        outcome.complaints += _complaints(stage, outcome)

    def _change(self, stage: Stage, act: Act) -> None:
        if not stage.cluster.exists():
            stage.cluster.apply(self._target.manifest, self._target.min_replicas)
            stage.begin_control()
        elif isinstance(act.change, Apply):
            path = shipped_manifests() / act.change.manifest
            manifest = self._target.retold(path, dict(act.change.variables))
            stage.cluster.apply(manifest, self._target.min_replicas)
        else:
            template = stage.cluster.template()
            container = container_of(template)
            image = f"{container.repository}:{act.change.tag}"
            stage.cluster.change(with_image(template, container.name, image))

    async def _drill(self, stage: Stage, drill: Drill | None) -> None:
        if drill is None:
            return
        await _until(lambda: any(re.fullmatch(drill.after, text) for text in self._said()))
        for number, command in enumerate(drill.commands):
            self._journal.narrate(f"  in the load tester: {command}")
            self._journal.output(await stage.execute(f"exec-{number}", command))

    async def _until_over(self, stage: Stage, act: Act) -> None:
        interval_s = stage.setting.canary.spec.analysis.interval_s
        limit_s = stage.clock.real_s(_INTERVALS * interval_s) + _PATIENCE_S
        try:
            await asyncio.wait_for(_until(lambda: over(act, self._said())), limit_s)
        except TimeoutError:
            raise StageError("the act did not end: neither promoted nor rolled back") from None

    async def _unless_failed(
        self, stage: Stage, work: Coroutine[Any, Any, None], outcome: Outcome
    ) -> None:
        task = asyncio.create_task(work)
        try:
            waited: set[asyncio.Future[Any]] = {task, stage.failure}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if stage.failure.done():
                raise StageError(stage.failure.result())
            task.result()
        except StageError as error:
            outcome.messages = self._said()
            outcome.complaints.append(str(error))
            raise
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _said(self) -> list[str]:
        return messages(self._journal.events(self._first_event))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(_POLL_S)


async def _page_version(stage: Stage) -> str:
    try:
        page = await stage.page(stage.setting.canary.apex_service)
        return str(page["version"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return f"? ({error!r})"


def _complaints(stage: Stage, outcome: Outcome) -> list[str]:
    act = outcome.act
    found = [difference(act, outcome.messages)]
    if outcome.version != act.version:
        found.append(f"the page says version {outcome.version}, not {act.version}")
    canary = container_of(stage.cluster.template()).version.partition(".")[0]
    for share in act.shares:
        met = outcome.visits.by_weight.get(share)
        nobody = f"no visit was seen at weight {share}"
        found.append(share_doubt(share, met, canary) if met else nobody)
    return [complaint for complaint in found if complaint]


def _note_weight(stage: Stage, event: Event) -> None:
    if advanced := _ADVANCE.match(event.message):
        stage.visitors.weight(int(advanced[1]))
    elif _RETREAT.match(event.message):
        stage.visitors.weight(None)
