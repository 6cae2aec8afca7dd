"""Gates that are opened where nobody is there to do it."""

import asyncio
from pathlib import Path

import pytest

from rehearsal.recording.records import NoteRecord
from rehearsal.scenario.gates import open_waiting_gates
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
    gated = canary(webhooks=[hook("gate/check", "confirm-promotion")])
    world = SimulatedWorld([gated])
    scenario = parse_scenario(ROLLOUT, Path("scenario.yaml"))
    runner = ScenarioRunner(world, scenario, NAME, "appmesh:v1beta2", lambda _: {})
    opening = asyncio.create_task(open_waiting_gates(world, intervals))
    outcomes = await runner.play()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    notes = [n for n in world.recording.of_type(NoteRecord) if "opened" in n.text]
    return outcomes[-1].ending, notes


def test_a_gate_is_opened_once_it_was_waited_for() -> None:
    ending, (soon,) = asyncio.run(_play(0))
    assert ending == "promoted"
    assert soon.text == f"  gate of {NAME} opened"
    ending, (late,) = asyncio.run(_play(5))
    assert ending == "promoted"
    assert late.time_s - soon.time_s == pytest.approx(5 * 60, abs=60)


def test_a_gate_that_is_not_waited_for_long_enough_stays_closed() -> None:
    ending, notes = asyncio.run(_play(100_000))
    assert (ending, notes) == ("", [])
