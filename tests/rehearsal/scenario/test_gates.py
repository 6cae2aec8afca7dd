"""Gates that are opened where nobody is there to do it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from rehearsal.recording.records import NoteRecord
from rehearsal.scenario.gates import open_waiting_gates, open_when_asked
from rehearsal.scenario.loader import parse_scenario
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.simulated.world import SimulatedWorld
from tests.rehearsal.specs import canary, hook

NAME = "detail.flagger"
ROLLOUT = """\
name: gated
description: one rollout behind a gate
steps:
  - {name: bootstrap, title: first, actions: [deploy], until: initialized}
  - name: rollout
    title: second
    actions: [{set: {image: "2.0"}}]
    until: finished
    patience: 200
"""


async def _play(intervals: int) -> tuple[str, list[NoteRecord]]:
    return await _play_with(lambda world: open_waiting_gates(world, intervals))


async def _play_with(
    opens: Callable[[SimulatedWorld], Coroutine[Any, Any, None]],
) -> tuple[str, list[NoteRecord]]:
    gated = canary(webhooks=[hook("gate/check", "confirm-promotion")])
    world = SimulatedWorld([gated])
    scenario = parse_scenario(ROLLOUT, Path("scenario.yaml"))
    runner = ScenarioRunner(world, scenario, NAME, "appmesh:v1beta2", lambda _: {})
    opening = asyncio.create_task(opens(world))
    outcomes = await runner.play()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    notes = [n for n in world.recording.of_type(NoteRecord) if "opened" in n.text]
    return outcomes[-1].ending, notes


def test_a_gate_is_opened_once_it_was_waited_for() -> None:
    ending, (soon,) = asyncio.run(_play(0))
    assert ending == "promoted"
    assert soon.text == f"  gate of {NAME} opened"
    ending, (late,) = asyncio.run(_play(5))
    assert ending == "promoted"
    assert late.time_s - soon.time_s == pytest.approx(5 * 60, abs=60)


async def _asked(world: SimulatedWorld) -> AsyncIterator[None]:
    """Somebody who asks too early, then once, and again when all is over."""
    yield None
    while not world.snapshot(NAME).waiting_for:
        await asyncio.sleep(0)
    yield None


def test_a_gate_is_opened_when_somebody_asks() -> None:
    ending, (opened,) = asyncio.run(_play_with(lambda world: open_when_asked(world, _asked(world))))
    assert ending == "promoted"
    assert opened.text == f"  gate of {NAME} opened"


def test_a_gate_that_is_not_waited_for_long_enough_stays_closed() -> None:
    ending, notes = asyncio.run(_play(100_000))
    assert (ending, notes) == ("", [])
