"""Scenarios of steps, played in the simulated world."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rehearsal.errors import UserError
from rehearsal.faults import parse_fault
from rehearsal.flagger.canary.model import Canary
from rehearsal.recording.records import (
    ClockRecord,
    EventRecord,
    FaultRecord,
    HookRecord,
    MetricRecord,
    TrafficRecord,
    WeightRecord,
)
from rehearsal.scenario.loader import parse_scenario
from rehearsal.scenario.outcome import StepOutcome
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.simulated.world import SimulatedWorld
from rehearsal.world import TargetChange, World
from tests.rehearsal.specs import canary, duration, hook, success_rate

pytestmark = pytest.mark.anyio

NAME = "detail.flagger"
DEPLOYED = """\
name: test
description: a test
steps:
  - name: bootstrap
    title: "1.0 becomes the primary"
    actions: [deploy]
    until: initialized
    expect: {ending: initialized, events: initialized, image: ":1.0"}
"""


def subject(spec: dict[str, Any] | None = None, **analysis: Any) -> Canary:
    plan = {
        "metrics": [success_rate(), duration()],
        "maxWeight": 30,
        "webhooks": [hook("load", "rollout")],
        **analysis,
    }
    return canary(spec, **plan)


def play(steps: str, world: SimulatedWorld) -> list[StepOutcome]:
    scenario = parse_scenario(DEPLOYED + steps, Path("scenario.yaml"))
    typed: World = world
    runner = ScenarioRunner(typed, scenario, NAME, "appmesh:v1beta2", lambda _: {})
    return asyncio.run(runner.play())


def states(outcomes: list[StepOutcome]) -> list[tuple[str, list[str]]]:
    return [(outcome.state, outcome.complaints) for outcome in outcomes]


PROMOTION = """\
  - name: promotion
    title: "set image 2.0: promoted"
    actions: [{set: {image: "2.0"}}]
    until: finished
    expect: {ending: promoted, events: promoted, image: ":2.0", weights: true, most_failures: 0}
""".replace("most_failures", "failures")


def test_a_promotion() -> None:
    world = SimulatedWorld([subject()])
    steps = PROMOTION.replace(", failures: 0", "")
    assert states(play(steps, world)) == [("passed", []), ("passed", [])]
    weights = [one.canary_weight for one in world.recording.of_type(WeightRecord)]
    assert [weight for weight in weights if weight] == [10, 20, 30]
    traffic = world.recording.of_type(TrafficRecord)
    assert [(one.weight, one.sides["canary"]) for one in traffic if one.weight == 10] == [(10, 240)]
    assert world.snapshot(NAME).requests == sum(one.requests for one in traffic)


def test_a_fault_is_seen_by_the_checks_and_by_users() -> None:
    steps = """\
  - name: rollback
    title: "set image 2.0, inject a fault: rolled back"
    actions:
      - set: {image: "2.0"}
      - fault: errors=5%
    until: finished
    expect: {ending: rolled-back, events: rolled-back, image: ":1.0"}
  - name: retry
    title: "without faults: promoted"
    actions:
      - clear-faults
      - set: {env: {RETRY: "1"}}
    until: finished
    expect: {ending: promoted, events: promoted, image: ":2.0"}
"""
    world = SimulatedWorld([subject()])
    outcomes = play(steps, world)
    assert states(outcomes) == [("passed", [])] * 3
    assert outcomes[1].traffic.failures > 0
    assert outcomes[2].traffic.failures == 0
    values = [one.value for one in world.recording.of_type(MetricRecord) if one.value != 100]
    assert pytest.approx(95) in values
    faults = world.recording.of_type(FaultRecord)
    assert (faults[0].state, faults[-1].state) == ("injected", "removed")
    assert faults[-1].delivered > 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("delay=900ms", "request duration 920ms > 500ms"),
        ("delay=900ms,rate=2%", "request duration 920ms > 500ms"),
        ("reset=3%", "success rate 97.00% < 99%"),
        ("errors=50%,status=404", None),
        ("delay=900ms,rate=0.5%", None),
    ],
)
def test_what_faults_do(fault: str, message: str | None) -> None:
    world = SimulatedWorld([subject()])
    ending = "promoted" if message is None else "rolled-back"
    steps = f"""\
  - name: release
    title: "set image 2.0"
    actions: [{{set: {{image: "2.0"}}}}, {{fault: "{fault}"}}]
    until: finished
    expect: {{ending: {ending}}}
"""
    assert states(play(steps, world))[1] == ("passed", [])
    said = {one.message for one in world.recording.of_type(EventRecord)}
    halts = [text for text in said if text.startswith("Halt")]
    expected = [] if message is None else [f"Halt {NAME} advancement {message}"]
    assert halts == expected


def test_gates() -> None:
    gate = hook("gate", "confirm-promotion")
    steps = """\
  - name: waits
    title: "set image 2.0: waits for approval"
    actions: [{set: {image: "2.0"}}]
    until: {gate: gate}
    expect: {phase: WaitingPromotion}
  - name: agreed
    title: "the gate is opened: promoted"
    actions: [{gate: open}]
    until: {phase: Succeeded}
    expect: {image: ":2.0"}
"""
    world = SimulatedWorld([subject(webhooks=[gate])])
    assert states(play(steps, world)) == [("passed", [])] * 3
    calls = [one.failure for one in world.recording.of_type(HookRecord) if one.name == "gate"]
    assert (calls[0], calls[-1]) == ("Forbidden", "")


def test_a_rollback_gate_and_a_suspended_canary() -> None:
    steps = """\
  - name: ended
    title: "set image 2.0: ended by hand"
    actions:
      - set: {image: "2.0"}
      - wait-for: {weight: 10}
      - suspend: true
      - wait: "3m"
      - suspend: false
      - rollback-gate: open
    until: finished
    expect: {ending: rolled-back}
"""
    world = SimulatedWorld([subject(webhooks=[hook("r", "rollback")])])
    assert states(play(steps, world))[1] == ("passed", [])
    said = [one.message for one in world.recording.of_type(EventRecord)]
    assert said.count("skipping canary run as object is suspended") >= 2
    assert f"Rolling back {NAME} manual webhook invoked" in said


def test_what_does_not_come_in_time_is_a_failed_step() -> None:
    steps = """\
  - name: never
    title: "nothing changes"
    patience: 3
    until: promoted
"""
    outcomes = play(steps, SimulatedWorld([subject()]))
    assert outcomes[1].state == "failed"
    assert "did not come in time" in outcomes[1].complaints[0]


def test_an_edited_canary() -> None:
    steps = """\
  - name: edited
    title: "steps of 15 instead of 10"
    actions:
      - edit: {analysis: {stepWeight: 15}}
      - set: {image: "2.0"}
    until: finished
    expect: {ending: promoted, events: promoted}
"""
    world = SimulatedWorld([subject()])
    assert states(play(steps, world))[1] == ("passed", [])
    weights = [one.canary_weight for one in world.recording.of_type(WeightRecord)]
    assert [weight for weight in weights if weight] == [15, 30]


def test_a_killed_replica_is_waited_for() -> None:
    steps = """\
  - name: killed
    title: "a replica of the canary ends"
    actions:
      - set: {image: "2.0"}
      - wait-for: {weight: 10}
      - kill: canary
    until: finished
    expect: {ending: promoted}
"""
    world = SimulatedWorld([subject()])
    assert states(play(steps, world))[1] == ("passed", [])
    said = [one.message for one in world.recording.of_type(EventRecord)]
    assert any("1 of 2 (readyThreshold 100%) updated replicas" in message for message in said)


def test_metrics_of_ones_own() -> None:
    metric = {"name": "errors", "query": "up", "thresholdRange": {"max": 1}}
    step = PROMOTION.replace('promoted, events: promoted, image: ":2.0"', "ENDING")
    for metrics, ending in (({}, "promoted"), ({"errors": 2.0}, "rolled-back")):
        steps = step.replace("ENDING", ending).replace(", weights: true, failures: 0", "")
        world = SimulatedWorld([subject(metrics=[metric])], metrics=metrics)
        assert states(play(steps, world))[1] == ("passed", [])


def test_what_a_canary_refers_to_and_nobody_gave_is_taken_to_exist() -> None:
    metric = {"name": "errors", "templateRef": {"name": "none"}, "thresholdRange": {"max": 1}}
    alert = {"name": "chat", "severity": "info", "providerRef": {"name": "none"}}
    env = [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}]
    container = {"name": "detail", "image": "detail:1.0", "envFrom": env}
    template = {"metadata": {"labels": {"app": "detail"}}, "spec": {"containers": [container]}}
    one = subject(metrics=[metric], alerts=[alert])
    world = SimulatedWorld([one], templates={NAME: template})
    steps = PROMOTION.replace(", failures: 0", "")
    assert states(play(steps, world)) == [("passed", []), ("passed", [])]
    world = SimulatedWorld([one], templates={NAME: template}, metrics={"errors": 2})
    assert [state for state, _ in states(play(steps, world))] == ["passed", "failed"]


def test_several_canaries_in_one_world() -> None:
    other = canary(metrics=[], interval="30s")
    other = Canary("other", "flagger", other.spec)
    world = SimulatedWorld([subject(), other])

    async def wait() -> bool:
        await world.begin_control()
        names = ("detail.flagger", "other.flagger")
        return await world.wait_until(
            lambda: all(world.canary(n).status.phase == "Initialized" for n in names), 120
        )

    assert asyncio.run(wait())
    assert world.canaries == ("detail.flagger", "other.flagger")


MISTAKES: list[tuple[Any, str]] = [
    (lambda w: w.execute("curl x"), "a simulated world runs no commands: curl x"),
    (lambda w: w.inject(NAME, parse_fault("bandwidth=64kbps")), "has no bodies"),
    (lambda w: w.inject(NAME, parse_fault("errors=5%,path=/x")), "has no paths and headers"),
    (lambda w: w.change_target(NAME, TargetChange(image="1.0")), "leaves the pod template as it"),
    (lambda w: w.edit_canary(NAME, {"suspend": 5}), "detail.flagger: spec.suspend: "),
    (lambda w: w.set_speed(0), "speed 0: give a speed above 0"),
    (lambda w: w.kill_replica("nothing"), "there is no workload nothing"),
]


@pytest.mark.parametrize(("act", "text"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_what_cannot_be_done(act: Any, text: str) -> None:
    with pytest.raises(UserError, match=text.replace(".", r"\.")):
        asyncio.run(act(SimulatedWorld([subject()])))


def test_images() -> None:
    world = SimulatedWorld([subject()])

    async def image(wanted: str) -> Any:
        await world.change_target(NAME, TargetChange(image=wanted))
        template = world._rollouts[NAME].template
        return template["spec"]["containers"][0]["image"]

    assert asyncio.run(image("2.0")) == "detail:2.0"
    assert asyncio.run(image("registry:5000/detail")) == "registry:5000/detail"
    assert asyncio.run(image("3.0")) == "registry:5000/detail:3.0"


def test_time_passes_without_a_canary_to_control() -> None:
    world = SimulatedWorld([subject()])
    assert not asyncio.run(world.wait_until(lambda: False, 90))
    assert world.now_s() == 90
    assert asyncio.run(world.fetch(NAME, "/")) is None
    assert asyncio.run(world.primary_image(NAME)) == ""


def test_a_knative_target_is_refused_in_one_line() -> None:
    target = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "detail"}
    with pytest.raises(UserError, match=r"spec\.targetRef is a Knative service, which cannot be"):
        SimulatedWorld([subject({"targetRef": target, "provider": "knative"})])


async def test_at_a_speed_time_passes_by_the_wall() -> None:
    world = SimulatedWorld([subject()])
    await world.set_speed(1000)
    began_s = asyncio.get_running_loop().time()
    await world.wait_until(lambda: world.now_s() >= 100, 200)
    assert asyncio.get_running_loop().time() - began_s >= 0.1
    assert world.now_s() < 200


@pytest.mark.parametrize("paced", [False, True])
async def test_a_paused_world_stands_still(paced: bool) -> None:
    world = SimulatedWorld([subject()])
    if paced:
        await world.set_speed(1000)
    await world.set_paused(True)
    before_s = world.now_s()
    waiting = asyncio.create_task(world.wait_until(lambda: world.now_s() >= before_s + 60, 1000))
    await asyncio.sleep(0.1)
    assert world.now_s() == before_s
    await world.set_paused(False)
    assert await waiting
    assert [r.paused for r in world.recording.of_type(ClockRecord)][-2:] == [True, False]
