"""Rehearsals in the simulated world, for whoever draws them."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

from rehearsal.output.reports.document import ReportDocument
from rehearsal.recording.records import Record
from rehearsal.scenario import ScenarioRunner, load_scenario, shipped_scenarios
from rehearsal.scenario.outcome import StepOutcome
from rehearsal.scenario.step import Scenario, Step
from rehearsal.simulated.world import SimulatedWorld
from tests.rehearsal.specs import canary, duration, hook, success_rate

NAME = "detail.flagger"
PROVIDER = "appmesh:v1beta2"
SUBJECT = canary(
    metrics=[success_rate(), duration()],
    maxWeight=20,
    stepWeight=10,
    webhooks=[hook("load", "rollout")],
)


def document(*records: Record, **more: Any) -> ReportDocument:
    """A report of these records."""
    fields: dict[str, Any] = {
        "version": "1.2.3",
        "canary": NAME,
        "provider": PROVIDER,
        "scenario": "test",
        "started_at_s": 1_790_000_000.0,
        "speed": 20.0,
        "outcomes": [StepOutcome(Step("one", "first"), "passed")],
        "records": records,
        "exit_code": 0,
        "canaries": [(SUBJECT, PROVIDER)],
    }
    return ReportDocument(**{**fields, **more})


def played(name: str, *more: Record) -> ReportDocument:
    """The report of a shipped scenario, as far as a simulated world can play it."""
    scenario = load_scenario(shipped_scenarios()[name])
    world = SimulatedWorld([SUBJECT])
    simple = replace(scenario, steps=tuple(map(without_commands, scenario.steps)))
    runner = ScenarioRunner(world, simple, NAME, PROVIDER, lambda _: {})
    asyncio.run(_play(world, runner))
    records = [*world.recording.since(), *more]
    return document(*records, scenario=name, outcomes=runner.outcomes)


async def _play(world: SimulatedWorld, runner: ScenarioRunner) -> None:
    ends = asyncio.create_task(runner.play())
    while not ends.done():
        world.recording.append(world.snapshot(NAME))
        for _ in range(5):
            await asyncio.sleep(0)
    await ends


def without_commands(step: Step) -> Step:
    """The same step for a world without a shell: its commands are left out, and a change of an
    annotation stands for a manifest that is applied."""
    kept = tuple(a for a in step.actions if a.kind not in ("exec", "apply"))
    beside = tuple(a for a in step.meanwhile if a.kind not in ("exec", "wait-for"))
    return replace(step, actions=kept, meanwhile=beside, patience=5)


def the_data_in(page: str) -> Any:
    """What stands in a page's element `data`."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found[1])


def scenario_of(name: str) -> Scenario:
    """A shipped scenario."""
    return load_scenario(shipped_scenarios()[name])
