"""A scenario under commands, in the simulated world."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rehearsal.errors import UserError
from rehearsal.recording.records import FaultRecord, NoteRecord, StatusRecord, StepRecord
from rehearsal.scenario import load_scenario, shipped_scenarios
from rehearsal.scenario.commanded import CommandedRunner
from rehearsal.scenario.commands import parse_command
from rehearsal.scenario.outcome import StepOutcome
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.simulated.world import SimulatedWorld
from tests.rehearsal.specs import canary, success_rate

pytestmark = pytest.mark.anyio
NAME = "detail.flagger"
SCENARIO = load_scenario(shipped_scenarios()["promotion"])


class Session:
    """A runner under way in a simulated world."""

    def __init__(self, *, by_hand: bool) -> None:
        self.world = SimulatedWorld([canary(metrics=[success_rate()], maxWeight=20)])
        runner = ScenarioRunner(self.world, SCENARIO, NAME, "appmesh:v1beta2", lambda _: {})
        self.runner = CommandedRunner(runner, self.world, SCENARIO, by_hand=by_hand)
        self.scripted = runner
        self.playing = asyncio.create_task(self.runner.play())

    async def say(self, text: str) -> None:
        await self.runner.execute(parse_command(text))

    async def until_ended(self, step: str) -> str:
        """Wait for a step's end; its state."""
        for _ in range(2000):
            for record in self.world.recording.of_type(StepRecord):
                if record.step == step and record.state != "started":
                    return record.state
            await asyncio.sleep(0.001)
        raise AssertionError(f"{step} did not end")

    async def outcomes(self) -> list[tuple[str, str, str]]:
        return [_row(outcome) for outcome in await self.playing]


def _row(outcome: StepOutcome) -> tuple[str, str, str]:
    return outcome.step.name, outcome.state, outcome.ending


@asynccontextmanager
async def session(*, by_hand: bool = True) -> AsyncIterator[Session]:
    opened = Session(by_hand=by_hand)
    await asyncio.sleep(0)
    try:
        yield opened
    finally:
        opened.playing.cancel()
        await asyncio.gather(opened.playing, return_exceptions=True)


async def test_steps_and_rollouts_are_played_as_asked_for() -> None:
    async with session() as opened:
        first, second = SCENARIO.steps
        for text, name in (
            (f'{{"play": "{first.name}"}}', first.name),
            ('{"roll-out": {"image": "9.0", "faults": ["errors=20%"], "expect": "rolled-back"}}',
             "rollout-1"),
            ('{"do": {"clear-faults": true}}', ""),
            ('{"roll-out": {"image": "9.1"}}', "rollout-2"),
        ):  # fmt: skip
            await opened.say(text)
            if name:
                assert await opened.until_ended(name) == "passed"
                await asyncio.sleep(0.01)
        await opened.say('{"finish": true}')
        assert await opened.outcomes() == [
            (first.name, "passed", "initialized"),
            ("rollout-1", "passed", "rolled-back"),
            ("rollout-2", "passed", "promoted"),
        ]
        assert second.name not in {r.step for r in opened.world.recording.of_type(StepRecord)}
        faults = opened.world.recording.of_type(FaultRecord)
        assert faults[-1].state == "removed"
        assert 0 < faults[-1].delivered < faults[-1].matched


async def test_what_nobody_asked_for_is_no_part_of_it() -> None:
    async with session() as opened:
        await opened.say('{"finish": true}')
        assert await opened.outcomes() == []


async def test_the_end_cuts_a_step_off() -> None:
    async with session() as opened:
        await opened.world.set_paused(True)
        await opened.say(f'{{"play": "{SCENARIO.steps[0].name}"}}')
        await opened.world.set_paused(False)
        while not opened.world.recording.of_type(StepRecord):
            await asyncio.sleep(0)
        await opened.world.set_paused(True)
        with pytest.raises(UserError, match="a step is under way"):
            await opened.say(f'{{"play": "{SCENARIO.steps[0].name}"}}')
        await opened.say('{"finish": true}')
        assert [state for _, state, _ in await opened.outcomes()] == ["unfinished"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"play": "absent"}', "there is no step 'absent'; there is "),
        (f'{{"play": "{SCENARIO.steps[1].name}"}}', "nothing is deployed yet"),
        ('{"roll-out": {"image": "2"}}', "nothing is deployed yet"),
        ('{"do": {"fault": "errors=5%"}}', "nothing is deployed yet"),
        ('{"do": {"kill": "canary"}}', "nothing is deployed yet"),
    ],
)
async def test_what_cannot_be_done(text: str, said: str) -> None:
    async with session() as opened:
        with pytest.raises(UserError, match=said):
            await opened.say(text)


async def test_a_fault_by_hand_is_remembered_as_one() -> None:
    async with session() as opened:
        await opened.say(f'{{"play": "{SCENARIO.steps[0].name}"}}')
        await opened.until_ended(SCENARIO.steps[0].name)
        await asyncio.sleep(0.01)
        await opened.say('{"do": {"fault": "delay=1s"}}')
        await opened.say('{"roll-out": {"image": "9.0", "faults": ["errors=20%"]}}')
        assert opened.scripted.faults_by_hand == {"delay of 1 s for 100 % of requests"}
        await opened.until_ended("rollout-1")
        assert opened.scripted.outcomes[1].step.expect.faults_by_hand


async def test_of_several_canaries_one_is_named() -> None:
    async with session() as opened:
        await opened.say(f'{{"do": {{"gate": "open"}}, "canary": "{NAME}"}}')
        with pytest.raises(UserError, match=f"there is no canary 'a.b'; there is {NAME}"):
            await opened.say('{"do": {"gate": "open"}, "canary": "a.b"}')


async def test_a_rollout_of_nothing_new_is_said_and_is_none() -> None:
    async with session() as opened:
        await opened.say(f'{{"play": "{SCENARIO.steps[0].name}"}}')
        await opened.until_ended(SCENARIO.steps[0].name)
        await asyncio.sleep(0.01)
        for name in ("rollout-1", "rollout-2"):
            await opened.say('{"roll-out": {"image": "9.0"}}')
            await opened.until_ended(name)
            await asyncio.sleep(0.01)
        await opened.say('{"finish": true}')
        assert [name for name, _, _ in await opened.outcomes()] == ["bootstrap", "rollout-1"]
        notes = [r.text for r in opened.world.recording.of_type(NoteRecord)]
        assert "  rollout-2 was not played: detail.flagger: the change leaves" in notes[-1][:66]


async def test_by_itself_a_scenario_takes_actions_alone() -> None:
    async with session(by_hand=False) as opened:
        await opened.say('{"do": {"gate": "open"}}')
        for text in ('{"finish": true}', '{"play": "rollout"}', '{"roll-out": {"image": "2"}}'):
            with pytest.raises(UserError, match="start it with --manual"):
                await opened.say(text)
        outcomes = await opened.outcomes()
        assert [name for name, _, _ in outcomes] == [step.name for step in SCENARIO.steps]
        assert opened.world.recording.of_type(StatusRecord)
