import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rehearsal.errors import LiveWorldError
from rehearsal.faults import Fault
from rehearsal.flagger.canary.model import Phase
from rehearsal.recording.records import (
    FaultRecord,
    LatenessRecord,
    NoteRecord,
    OutputRecord,
    ReplicaRecord,
    StepRecord,
    TrafficRecord,
)
from rehearsal.scenario.outcome import overall_state
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.scenario.step import (
    Action,
    Condition,
    Expectations,
    Response,
    Scenario,
    Step,
)
from rehearsal.world import TargetChange
from tests.rehearsal.scenario.fakes import NAME, FakeWorld

pytestmark = pytest.mark.anyio

DEPLOY = Action("deploy", True)
CHANGE = Action("set", TargetChange(image="2"))


def _bootstrap(**expect: Any) -> Step:
    return Step(
        "bootstrap",
        "it becomes the primary",
        (DEPLOY,),
        until=Condition(ending="initialized"),
        expect=Expectations(ending="initialized", **expect),
    )


def _rollout(*actions: Action, **expect: Any) -> Step:
    return Step(
        "rollout",
        "roll out 2",
        (*actions, CHANGE),
        until=Condition(ending="finished"),
        expect=Expectations(**expect),
        patience=2,
    )


def _world() -> FakeWorld:
    world = FakeWorld()
    world.script["deploy"] = [world.phase(Phase.INITIALIZING), world.phase(Phase.INITIALIZED)]
    world.script["change"] = [world.phase(Phase.PROGRESSING), world.phase(Phase.SUCCEEDED)]
    return world


def _runner(world: FakeWorld, *steps: Step) -> ScenarioRunner:
    scenario = Scenario("test", "", steps, Path())
    return ScenarioRunner(world, scenario, NAME, "appmesh:v1beta2", lambda file: {"spec": {}}, 1.0)


async def _states(world: FakeWorld, *steps: Step) -> list[str]:
    return [outcome.state for outcome in await _runner(world, *steps).play()]


async def test_steps_are_played_in_order_to_their_end() -> None:
    world = _world()
    runner = _runner(world, _bootstrap(), _rollout(ending="promoted"))
    assert [outcome.state for outcome in runner.outcomes] == ["not run", "not run"]
    outcomes = await runner.play()
    assert [(o.state, o.ending) for o in outcomes] == [
        ("passed", "initialized"),
        ("passed", "promoted"),
    ]
    assert world.done == [
        "deploy",
        "settled",
        ("change", TargetChange(image="2")),
        "settled",
    ]
    steps = world.recording.of_type(StepRecord)
    assert [(s.step, s.state) for s in steps] == [
        ("bootstrap", "started"),
        ("bootstrap", "passed"),
        ("rollout", "started"),
        ("rollout", "passed"),
    ]
    assert overall_state(outcomes) == "passed"


async def test_a_step_that_ends_otherwise_has_failed_and_the_next_is_played() -> None:
    world = _world()
    outcomes = await _runner(
        world, _bootstrap(), _rollout(ending="rolled-back"), _bootstrap()
    ).play()
    assert [o.state for o in outcomes[:2]] == ["passed", "failed"]
    assert outcomes[1].complaints == ["expected the canary to be rolled-back, but it was promoted"]
    assert outcomes[2].state == "failed"


async def test_a_step_that_does_not_end_fails_and_those_behind_it_are_not_run() -> None:
    world = _world()
    world.script["change"] = [world.phase(Phase.PROGRESSING)]
    outcomes = await _runner(world, _bootstrap(), _rollout(), _rollout()).play()
    assert [o.state for o in outcomes] == ["passed", "failed", "not run"]
    assert outcomes[1].complaints == ["the canary's being finished did not come in time"]
    assert outcomes[1].ending == ""
    assert world.time_s >= 2 * 60 + 60, "its patience is in intervals, and time for real starts"


async def test_replicas_that_end_are_named_where_a_wait_was_in_vain() -> None:
    world = _world()
    world.script["change"] = [world.phase(Phase.PROGRESSING)]
    for pod in ("detail-1", "detail-2"):
        said = "exit code 1: no such file"
        ended = ReplicaRecord(0.0, pod, "detail", "r", "exited", said)
        world.script["change"].append(partial(world.recording.append, ended))
    (outcome,) = await _runner(world, _rollout(ending="promoted")).play()
    assert outcome.complaints[1:] == [
        "replicas ended 2 times, the last of them (detail-2) with exit code 1: no such file"
    ]


async def test_a_broken_part_leaves_the_step_unfinished() -> None:
    world = _world()

    def break_down() -> None:
        raise LiveWorldError("envoy ended with exit code -9")

    world.script["change"] = [world.phase(Phase.PROGRESSING), break_down]
    runner = _runner(world, _bootstrap(), _rollout(), _rollout())
    with pytest.raises(LiveWorldError):
        await runner.play()
    assert [o.state for o in runner.outcomes] == ["passed", "unfinished", "not run"]
    assert runner.outcomes[1].complaints == ["envoy ended with exit code -9"]
    assert overall_state(runner.outcomes) == "unfinished"


async def test_an_interrupted_step_is_neither_passed_nor_failed() -> None:
    world = _world()
    task: list[asyncio.Task[Any]] = []

    def interrupt() -> None:
        task[0].cancel()

    world.script["change"] = [world.phase(Phase.PROGRESSING), interrupt]
    runner = _runner(world, _bootstrap(), _rollout(), _rollout())
    task.append(asyncio.create_task(runner.play()))
    with pytest.raises(asyncio.CancelledError):
        await task[0]
    assert [o.state for o in runner.outcomes] == ["passed", "unfinished", "not run"]
    assert runner.outcomes[1].complaints == ["interrupted"]


@pytest.mark.parametrize(
    ("late", "state"), [([], "failed"), ([LatenessRecord(0.0, "a tick", 9.0)], "inconclusive")]
)
async def test_a_machine_that_is_too_slow_gives_no_verdict(
    late: list[LatenessRecord], state: str
) -> None:
    world = _world()
    late_records = [lambda record=record: world.recording.append(record) for record in late]
    world.script["change"][1:1] = late_records
    outcomes = await _runner(world, _bootstrap(), _rollout(ending="rolled-back")).play()
    assert outcomes[1].state == state
    if late:
        assert "a tick by 9.0 s; try a lower --speed" in outcomes[1].complaints[-1]


async def test_behind_an_inconclusive_step_nothing_is_held_against_the_canary() -> None:
    world = _world()
    late = LatenessRecord(10.0, "a tick", 4.0)
    first = Step("first", "", (DEPLOY,), until=Condition(phase="Initialized"),
                 expect=Expectations(ending="promoted"))  # fmt: skip
    world.script["deploy"].insert(0, partial(world.recording.append, late))
    outcomes = await _runner(world, first, _rollout(ending="rolled-back")).play()
    assert [o.state for o in outcomes] == ["inconclusive", "inconclusive"]
    assert outcomes[1].complaints[-1] == "it began where first ended, which is inconclusive"


async def test_lateness_does_not_spoil_what_came_as_expected() -> None:
    world = _world()
    world.script["change"].insert(
        0, lambda: world.recording.append(LatenessRecord(0.0, "a tick", 9.0))
    )
    assert await _states(world, _bootstrap(), _rollout(ending="promoted")) == ["passed", "passed"]


@pytest.mark.parametrize(
    ("matched", "delivered", "state"), [(40, 3, "passed"), (40, 0, "failed"), (0, 0, "failed")]
)
async def test_a_fault_that_reached_nobody_tested_nothing(
    matched: int, delivered: int, state: str
) -> None:
    world = _world()
    fault = Fault("abort", 5)
    count = FaultRecord(3.0, str(fault), "delivered", matched, delivered)
    world.script["change"].insert(1, lambda: world.recording.append(count))
    outcomes = await _runner(world, _bootstrap(), _rollout(Action("fault", fault))).play()
    assert outcomes[1].state == state
    assert outcomes[1].deliveries == {str(fault): (matched, delivered)}
    if state == "failed":
        assert f"reached none of {matched} requests" in outcomes[1].complaints[0]


@pytest.mark.parametrize(("counted", "state"), [(True, "failed"), (False, "passed")])
async def test_a_fault_by_hand_is_no_fault_of_the_scenario_s_own(counted: bool, state: str) -> None:
    world = _world()
    fault = Fault("abort", 5)
    count = FaultRecord(3.0, str(fault), "delivered", 0, 0)
    world.script["change"].insert(1, lambda: world.recording.append(count))
    runner = _runner(world, _bootstrap(), _rollout(faults_by_hand=counted))
    runner.faults_by_hand.add(str(fault))
    outcomes = await runner.play()
    assert outcomes[1].state == state
    assert outcomes[1].deliveries == {str(fault): (0, 0)}


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ({"image": ":1"}, None),
        ({"image": ":2"}, "expected the primary to run :2, but it runs detail:1"),
        ({"phase": "Succeeded"}, None),
        ({"phase": "Failed"}, "expected phase Failed, got Succeeded"),
        ({"response": Response("/", '"version":"1"')}, None),
        ({"response": Response("/", "absent")}, "expected / to answer with 'absent'"),
        ({"most_failures": 2}, None),
        ({"most_failures": 1}, "expected at most 1 failed requests, got 2"),
        ({"least_failures": 3}, "expected at least 3 failed requests, got 2"),
    ],
)
async def test_expectations(expect: dict[str, Any], complaint: str | None) -> None:
    world = _world()
    traffic = TrafficRecord(1.0, None, 10, 2, {"primary": 10}, ("/: status 500",))
    world.script["change"].insert(0, lambda: world.recording.append(traffic))
    outcomes = await _runner(world, _bootstrap(), _rollout(**expect)).play()
    assert outcomes[1].traffic.requests == 10
    assert outcomes[1].traffic.failures == 2
    if complaint is None:
        assert outcomes[1].state == "passed"
    else:
        assert outcomes[1].complaints[0].startswith(complaint)
    assert world.flushed == 2


async def test_meanwhile_runs_beside_the_wait() -> None:
    world = _world()
    world.script["change"].insert(1, world.say("Starting canary analysis for detail.flagger"))
    step = Step(
        "rollout",
        "with load",
        (CHANGE,),
        meanwhile=(
            Action("wait-for", Condition(event="Starting canary analysis for {target}")),
            Action("exec", "hey http://{canary-service}/"),
        ),
        until=Condition(ending="finished"),
    )
    outcomes = await _runner(world, _bootstrap(), step).play()
    assert outcomes[1].state == "passed"
    assert ("execute", "hey http://detail-canary.flagger:3000/") in world.done
    assert [r.text for r in world.recording.of_type(OutputRecord)] == ["said"]


async def test_what_goes_wrong_beside_the_wait_ends_it() -> None:
    world = _world()
    world.script["change"] = [world.phase(Phase.PROGRESSING)]
    step = Step(
        "rollout",
        "with load",
        (CHANGE,),
        meanwhile=(Action("wait-for", Condition(event="never")),),
        until=Condition(ending="finished"),
        patience=1,
    )
    outcomes = await _runner(world, _bootstrap(), step).play()
    assert outcomes[1].state == "failed"


async def test_every_kind_of_action_reaches_the_world() -> None:
    world = _world()
    fault = Fault("reset", 5)
    actions = (
        Action("fault", fault),
        Action("clear-faults", True),
        Action("gate", "open"),
        Action("gate", "closed"),
        Action("rollback-gate", "open"),
        Action("wait", 30.0),
        Action("suspend", True),
        Action("edit", {"analysis": {"threshold": 9}}),
        Action("kill", "canary"),
        Action("kill", "primary"),
        Action("kill", "other"),
        Action("wait-for", Condition(phase="Initialized")),
        Action("apply", None),
    )
    await _runner(
        world, _bootstrap(), Step("all", "all", actions, expect=Expectations(delivered=False))
    ).play()
    assert world.done[2:-1] == [
        ("inject", fault),
        "clear",
        ("gate", ("gate", True)),
        ("gate", ("gate", False)),
        ("gate", ("rollback", True)),
        ("edit", {"suspend": True}),
        ("edit", {"analysis": {"threshold": 9}}),
        ("kill", "detail"),
        ("kill", "detail-primary"),
        ("kill", "other"),
        ("change", TargetChange(template={"spec": {}})),
    ]
    assert world.time_s >= 30
    notes = [record.text for record in world.recording.of_type(NoteRecord)]
    assert "  gate opened" in notes
    assert "  rollback gate opened" in notes
