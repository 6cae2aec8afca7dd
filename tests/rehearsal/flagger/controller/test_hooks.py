"""Webhooks in a run: checks, gates, listeners."""

from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    CANARY_FAILED,
    COMPLETED,
    COPYING,
    DETECTED,
    HALT,
    LOW,
    STARTING,
    advance,
    c1,
    rolling_back,
    started,
)
from tests.rehearsal.specs import canary, hook


def test_pre_rollout_fails_twice() -> None:
    simulation = c1()
    simulation.hooks.answer("pre", "POST http://h/ giving up after 1 attempt(s)")
    halted = f"{HALT} pre-rollout check pre failed POST http://h/ giving up after 1 attempt(s)"
    last = [rolling_back(2), CANARY_FAILED]
    assert simulation.ticks(3) == [[STARTING, halted], [STARTING, halted], last]
    assert simulation.hooks.phases("pre") == ["Progressing"] * 2


def test_pre_rollout_fails_once() -> None:
    simulation = c1()
    simulation.hooks.answer("pre", "no", None)
    failed = f"{HALT} pre-rollout check pre failed no"
    assert simulation.ticks(2) == [[STARTING, failed], started(10)]
    assert simulation.status.failed_checks == 1


def test_confirm_rollout() -> None:
    gates = [hook("a", "confirm-rollout"), hook("b", "confirm-rollout")]
    simulation = Simulation(canary(webhooks=gates))
    simulation.bootstrap()
    simulation.hooks.answer("b", "Forbidden", "Forbidden", None)
    simulation.new_revision()
    passed = "Normal Confirm-rollout check a passed"
    assert simulation.ticks(3) == [
        [passed, f"{HALT} waiting for approval b"],
        [passed],
        [passed, "Normal Confirm-rollout check b passed", DETECTED],
    ]
    assert simulation.hooks.phases("b") == ["Initialized", "Waiting", "Waiting"]


def test_confirm_traffic_increase() -> None:
    simulation = c1(hook("gate", "confirm-traffic-increase"))
    passed = "Normal Confirm-traffic-increase check gate passed"
    simulation.hooks.answer("gate", None, "Forbidden", "Forbidden", None)
    shut = [f"{HALT} waiting for traffic increase approval gate"]
    assert simulation.tick()[-2:] == [passed, advance(10)]
    assert simulation.ticks(2) == [shut, shut]
    assert (simulation.status.failed_checks, simulation.status.phase) == (0, "Progressing")
    assert simulation.ticks(3) == [[passed, advance(20)], [passed, advance(30)], [passed, COPYING]]


def test_a_closed_gate_at_weight_zero_repeats_the_start() -> None:
    simulation = c1(hook("gate", "confirm-traffic-increase"))
    simulation.hooks.answer("gate", "Forbidden")
    shut = f"{HALT} waiting for traffic increase approval gate"
    assert simulation.ticks(2) == [[*started(10)[:2], shut]] * 2


def test_promotion_gate_then_bad_metrics() -> None:
    simulation = c1(hook("gate", "confirm-promotion"))
    simulation.hooks.answer("gate", "Forbidden")
    simulation.tick(3)
    assert simulation.tick() == [f"{HALT} waiting for promotion approval gate"]
    assert (simulation.status.canary_weight, simulation.weight) == (0, 30)
    assert simulation.tick() == []
    simulation.metrics.success_rate.append(40.0)
    simulation.metrics.success_rate.popleft()
    assert simulation.ticks(3) == [[LOW], [LOW], [rolling_back(2), CANARY_FAILED]]
    assert simulation.weight == 0


def test_rollback_hook() -> None:
    simulation = c1(hook("undo", "rollback"))
    refused = "Normal Rollback hook undo not signaling a rollback"
    simulation.hooks.answer("undo", "Forbidden", "Forbidden", None)
    assert simulation.ticks(3) == [
        [refused, *started(10)],
        [refused, advance(20)],
        [
            "Warning Rollback check undo passed",
            "Warning Rolling back detail.flagger manual webhook invoked",
            CANARY_FAILED,
        ],
    ]
    assert simulation.hooks.phases("undo") == ["Progressing"] * 3


def test_post_rollout_on_success() -> None:
    simulation = c1(hook("a", "post-rollout"), hook("b", "post-rollout"))
    assert simulation.ticks(6)[-1] == [
        "Normal Post-rollout check a passed",
        "Normal Post-rollout check b passed",
        COMPLETED,
    ]
    assert simulation.hooks.phases("a") == ["Succeeded"]


def test_post_rollout_on_failure() -> None:
    simulation = c1(hook("a", "post-rollout"), hook("b", "post-rollout"), threshold=1)
    simulation.metrics.success_rate.appendleft(40.0)
    simulation.hooks.answer("a", "busy")
    assert simulation.ticks(3)[-1] == [
        rolling_back(1),
        CANARY_FAILED,
        "Warning Post-rollout hook a failed busy",
    ]
    assert (simulation.hooks.phases("a"), simulation.hooks.phases("b")) == (["Failed"], [])
    assert simulation.status.phase == "Failed"


def test_event_webhook() -> None:
    simulation = c1(hook("listener", "event"), threshold=1)
    simulation.hooks.answer("listener", "busy")
    simulation.metrics.success_rate.appendleft(40.0)
    lines = simulation.tick(3)
    heard = [call for call in simulation.hooks.calls if call.hook == "listener"][-len(lines) :]
    assert [call.payload["metadata"]["eventMessage"] for call in heard] == [
        line.partition(" ")[2] for line in lines
    ]
    assert [call.payload["metadata"]["eventType"] for call in heard] == [
        line.partition(" ")[0] for line in lines
    ]
    assert [call.phase for call in heard] == ["Progressing"] * 5 + ["Failed"]
    failures = [line for line in simulation.events.logs if "error sending event" in line.msg]
    assert {(one.level, one.msg) for one in failures} == {
        ("error", "error sending event to webhook: busy")
    }
