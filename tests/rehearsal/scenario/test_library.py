"""The shipped scenarios, each played to its end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rehearsal.faults import parse_fault
from rehearsal.manifests import load_manifests
from rehearsal.scenario import ScenarioRunner, load_scenario, shipped_scenarios
from rehearsal.scenario.outcome import StepOutcome
from rehearsal.scenario.step import ApplyFile
from rehearsal.simulated.world import SimulatedWorld
from rehearsal.world import TargetChange
from tests.rehearsal.specs import canary, duration, hook, success_rate

NAME, PROVIDER = "detail.flagger", "appmesh:v1beta2"
RETRY = Path(__file__).parents[3] / "k8s"
SUBJECT = canary(
    metrics=[success_rate(), duration()],
    maxWeight=30,
    webhooks=[hook("load", "rollout"), hook("rollback", "rollback")],
)


class Demo(SimulatedWorld):
    """A world in which `detail` runs: it misbehaves when it is asked to, until it is replaced."""

    commands = 0

    async def execute(self, command: str) -> str:
        self.commands += 1
        if "/injectFault" in command:
            await self.inject(NAME, parse_fault("errors=50%"))
        return ""

    async def change_target(self, canary: str, change: TargetChange) -> None:
        if change.template is not None:
            await self.clear_faults()
        await super().change_target(canary, change)


def played(name: str, world: SimulatedWorld) -> list[StepOutcome]:
    def template(file: ApplyFile) -> Mapping[str, Any]:
        found = load_manifests([RETRY / file.path], variables=file.variables)
        deployment = found.deployment("flagger", "detail")
        assert deployment is not None
        found_template: Mapping[str, Any] = deployment.raw["spec"]["template"]
        return found_template

    scenario = load_scenario(shipped_scenarios()[name])
    runner = ScenarioRunner(world, scenario, NAME, PROVIDER, template)
    return asyncio.run(runner.play())


@pytest.mark.parametrize("name", list(shipped_scenarios()))
def test_every_step_passes(name: str) -> None:
    outcomes = played(name, Demo([SUBJECT]))
    assert [(one.state, one.complaints) for one in outcomes] == [("passed", [])] * len(outcomes)


def test_a_shipped_scenario_can_fail() -> None:
    outcomes = played("errors", Demo([canary(metrics=[], maxWeight=30)]))
    assert [one.state for one in outcomes] == ["passed", "failed"]


def test_the_tutorial_s_commands_are_run() -> None:
    world = Demo([SUBJECT])
    played("tutorial", world)
    assert world.commands == 2
