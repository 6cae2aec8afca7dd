"""The scenario runner: plays steps in a world, and says how each ended. Knows only `World`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from rehearsal.errors import RehearsalError
from rehearsal.recording.records import (
    FaultRecord,
    LatenessRecord,
    Record,
    ReplicaRecord,
    StepRecord,
)
from rehearsal.scenario.actions import ActionContext, NeverCameError, perform, wait_for
from rehearsal.scenario.outcome import StepOutcome, StepState, TrafficSummary, messages_of
from rehearsal.scenario.prediction import Templates
from rehearsal.scenario.progress import find_ending
from rehearsal.scenario.step import ApplyFile, Response, Scenario, Step
from rehearsal.scenario.verification import verify_step
from rehearsal.world import World

ReadTemplate = Callable[[ApplyFile], Mapping[str, object]]

# Real processes need their time on top of the canary's: starts, drains, webhooks.
_WALL_PATIENCE_S = 60.0


class ScenarioRunner:
    """`outcomes` has one for every step from the start; those not played are `not run`."""

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        canary: str,
        provider: str,
        read_template: ReadTemplate,
        speed: float = 1.0,
        templates: Templates = (),
    ) -> None:
        self._world = world
        self._canary = canary
        self._provider = provider
        self._read_template = read_template
        self._speed = speed
        self._templates = templates
        self.outcomes = [StepOutcome(step) for step in scenario.steps]
        self.present: Step | None = None
        self.faults_by_hand: set[str] = set()
        """Faults that a person has injected, and no step."""

    async def play(self) -> list[StepOutcome]:
        """All steps in order, as long as each comes to its end.

        A step that differs from what was expected has failed, and the next is played. One that a
        broken part or an interruption cut off is unfinished, and so is the scenario.
        """
        for outcome in self.outcomes:
            if not await self.play_step(outcome):
                break
        return self.outcomes

    async def play_step(self, outcome: StepOutcome) -> bool:
        """One step; whether it came to an end after which the next can be played."""
        self.present = outcome.step
        since = self._world.recording.position
        self._record(outcome, "started")
        try:
            await self._play_step(outcome, since)
        except NeverCameError as error:
            self._finish(outcome, since, "failed", str(error))
            return False
        except RehearsalError as error:
            self._finish(outcome, since, "unfinished", str(error))
            raise
        except asyncio.CancelledError:
            self._finish(outcome, since, "unfinished", "interrupted")
            raise
        return True

    def context(self) -> ActionContext:
        """What an action needs that is done outside of any step."""
        return self._context(self._world.recording.position, self.present or Step("", ""))

    async def _play_step(self, outcome: StepOutcome, since: int) -> None:
        step = outcome.step
        context = self._context(since, step)
        await perform(context, step.actions)
        beside = asyncio.create_task(perform(context, step.meanwhile))
        try:
            if step.until is not None:
                await self._wait_beside(context, step, beside)
            await beside
        finally:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
        await self._world.wait_settled()
        response = await self._response(step.expect.response)
        image = await self._world.primary_image(self._canary)
        self._conclude(outcome, since, response, image)

    async def _wait_beside(
        self, context: ActionContext, step: Step, beside: "asyncio.Task[None]"
    ) -> None:
        """Wait for the step's condition; what fails beside it ends the wait."""
        assert step.until is not None
        waiting = asyncio.create_task(wait_for(context, step.until))
        try:
            watched: set[asyncio.Task[None]] = {waiting, beside}
            while not waiting.done():
                done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                watched -= done
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    def _conclude(self, outcome: StepOutcome, since: int, response: str | None, image: str) -> None:
        records = self._summarise(outcome, since)
        canary = self._world.canary(self._canary)
        complaints = verify_step(
            self._by_plan(outcome), records, canary, self._provider, image, self._templates
        )
        if response is not None:
            complaints.append(response)
        if not complaints:
            self._end(outcome, "passed")
            return
        outcome.complaints += complaints
        self._end(outcome, self._doubted(outcome, records))

    def _by_plan(self, outcome: StepOutcome) -> StepOutcome:
        """The outcome without the faults that a person has put beside the step's own."""
        if outcome.step.expect.faults_by_hand:
            return outcome
        own = {f: d for f, d in outcome.deliveries.items() if f not in self.faults_by_hand}
        return replace(outcome, deliveries=own)

    def _finish(self, outcome: StepOutcome, since: int, state: StepState, why: str) -> None:
        records = self._summarise(outcome, since)
        outcome.complaints.append(why)
        if state == "failed":
            outcome.complaints += _crashes(records)
            state = self._doubted(outcome, records)
        self._end(outcome, state)

    def _doubted(self, outcome: StepOutcome, records: Sequence[Record]) -> StepState:
        """Whether a step has failed, or a machine that was too slow may be all that is wrong.

        A step begins where the one before has ended: behind one that is inconclusive there is no
        verdict either.
        """
        late = [r for r in records if isinstance(r, LatenessRecord)]
        before = [o.step.name for o in self.outcomes if o.state == "inconclusive"]
        if late:
            outcome.complaints.append(_too_slow(late))
        elif before:
            outcome.complaints.append(f"it began where {before[-1]} ended, which is inconclusive")
        return "inconclusive" if late or before else "failed"

    def _summarise(self, outcome: StepOutcome, since: int) -> list[Record]:
        self._world.flush()
        records = self._world.recording.since(since)
        outcome.messages = messages_of(records, self._canary)
        outcome.ending = find_ending(records, self._canary) or ""
        outcome.traffic = TrafficSummary.of(records)
        outcome.deliveries = _deliveries(records)
        return records

    def _end(self, outcome: StepOutcome, state: StepState) -> None:
        outcome.state = state
        self._record(outcome, state)

    def _record(self, outcome: StepOutcome, state: StepState | Literal["started"]) -> None:
        step = outcome.step
        details = tuple(outcome.complaints) or (_numbers(outcome),) * (state == "passed")
        record = StepRecord(self._world.now_s(), step.name, step.title, state, details)
        self._world.recording.append(record)

    async def _response(self, expected: Response | None) -> str | None:
        if expected is None:
            return None
        text = await self._world.fetch(self._canary, expected.path)
        if text is None or expected.contains in text:
            return None
        return f"expected {expected.path} to answer with {expected.contains!r}, got {text[:80]!r}"

    def _context(self, since: int, step: Step) -> ActionContext:
        interval_s = self._world.canary(self._canary).spec.analysis.interval_s
        patience_s = step.patience * interval_s + _WALL_PATIENCE_S * self._speed
        return ActionContext(self._world, self._canary, since, patience_s, self._read_template)


def _deliveries(records: Sequence[Record]) -> dict[str, tuple[int, int]]:
    """By fault that was in force in a step, the last count of what it reached."""
    found: dict[str, tuple[int, int]] = {}
    for record in records:
        if isinstance(record, FaultRecord):
            before = found.get(record.fault, (0, 0))
            found[record.fault] = max(before, (record.matched, record.delivered))
    return found


def _crashes(records: Sequence[Record]) -> list[str]:
    """What may be behind a wait that was in vain: replicas that ended, with the last words."""
    ended = [r for r in records if isinstance(r, ReplicaRecord) and r.state == "exited"]
    if not ended:
        return []
    last = ended[-1]
    return [f"replicas ended {len(ended)} times, the last of them ({last.pod}) with {last.detail}"]


def _too_slow(late: Sequence[LatenessRecord]) -> str:
    worst = max(late, key=lambda record: record.late_s)
    return (
        f"this machine was too slow to say: {len(late)} times something was late, {worst.what} by"
        f" {worst.late_s:.1f} s; try a lower --speed"
    )


def _numbers(outcome: StepOutcome) -> str:
    traffic = outcome.traffic
    if not traffic.requests:
        return ""
    failed = f"{traffic.failures} failed" if traffic.failures else "none failed"
    return f"{traffic.requests} requests, {failed}"
