"""A scenario under a person's commands: actions at any time and, played by hand, its steps.

By itself a scenario plays its steps one after the other. By hand it waits for each to be asked for,
takes rollouts of one's own among them, and ends when it is told to; it then consists of the steps
that were played.
"""

import asyncio
from collections import deque
from dataclasses import replace

from rehearsal.errors import UserError
from rehearsal.recording.records import NoteRecord, StatusRecord
from rehearsal.scenario.actions import ActionContext, perform
from rehearsal.scenario.commands import Command
from rehearsal.scenario.outcome import StepOutcome
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.scenario.step import Scenario, Step
from rehearsal.world import World

_FOREVER_S = 1e9
# Whoever drives by hand may leave a gate closed over lunch.
_PATIENCE = 10_000
_AT_ANY_TIME = frozenset({"gate", "rollback-gate", "speed", "pause", "clear-faults"})


class CommandedRunner:
    """`play` and `execute` belong to one event loop; `runner` plays the steps."""

    def __init__(
        self, runner: ScenarioRunner, world: World, scenario: Scenario, *, by_hand: bool
    ) -> None:
        self._runner = runner
        self._world = world
        self._steps = {step.name: step for step in scenario.steps}
        self._by_hand = by_hand
        self._wanted: deque[Step] = deque()
        self._playing: asyncio.Task[bool] | None = None
        self._finished = False
        self._rollouts = 0
        if by_hand:
            runner.outcomes.clear()

    async def play(self) -> list[StepOutcome]:
        """Every step, or those that are asked for until `finish`; errors as ScenarioRunner has."""
        if not self._by_hand:
            return await self._runner.play()
        while await self._is_asked_for_more():
            await self._play_step(StepOutcome(self._wanted.popleft()))
        return self._runner.outcomes

    async def execute(self, command: Command) -> None:
        """Do what was asked, or let it be done; UserError where that cannot be."""
        if command.action is not None:
            if command.action.kind not in _AT_ANY_TIME:
                self._check_deployed()
            await perform(self._context(command.canary), (command.action,))
            if command.action.kind == "fault":
                self._runner.faults_by_hand.add(str(command.action.value))
            return
        if not self._by_hand:
            raise UserError("this rehearsal plays its steps by itself; start it with --manual")
        if command.finish:
            self._finish()
            return
        if self._wanted or self._playing is not None:
            raise UserError("a step is under way; wait for its end")
        self._wanted.append(self._step(command))

    def _context(self, canary: str) -> ActionContext:
        context = self._runner.context()
        if canary and canary not in self._world.canaries:
            known = ", ".join(self._world.canaries)
            raise UserError(f"there is no canary {canary[:100]!r}; there is {known}")
        return replace(context, canary=canary or context.canary)

    def _step(self, command: Command) -> Step:
        if command.rollout is not None:
            self._check_deployed()
            self._rollouts += 1
            name = f"rollout-{self._rollouts}"
            expect = replace(command.rollout.expect, faults_by_hand=True)
            return replace(command.rollout, name=name, patience=_PATIENCE, expect=expect)
        step = self._steps.get(command.play)
        if step is None:
            known = ", ".join(self._steps)
            raise UserError(f"there is no step {command.play!r}; there is {known}")
        if not any(action.kind == "deploy" for action in step.actions):
            self._check_deployed()
        return replace(step, patience=_PATIENCE)

    def _check_deployed(self) -> None:
        if not self._world.recording.of_type(StatusRecord):
            raise UserError("nothing is deployed yet; play the first step")

    def _finish(self) -> None:
        self._finished = True
        if self._playing is not None:
            self._playing.cancel()

    async def _is_asked_for_more(self) -> bool:
        while not (self._wanted or self._finished):
            await self._world.wait_until(lambda: bool(self._wanted or self._finished), _FOREVER_S)
        return not self._finished

    async def _play_step(self, outcome: StepOutcome) -> None:
        """Play it; a step that could not be done as asked is said so, and is none."""
        self._runner.outcomes.append(outcome)
        self._playing = asyncio.create_task(self._runner.play_step(outcome))
        try:
            await self._playing
        except UserError as error:
            self._runner.outcomes.pop()
            self._note(f"  {outcome.step.name} was not played: {error}")
        except asyncio.CancelledError:
            if not self._finished:
                raise
        finally:
            self._playing = None

    def _note(self, text: str) -> None:
        self._world.recording.append(NoteRecord(self._world.now_s(), text))
