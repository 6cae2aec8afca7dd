"""Webhooks in a run: checks, gates, listeners."""

from tests.rehearsal.fakes import (
    Stagehand,
    canary,
    hook,
)
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


def test_pre_rollout_fails_twice() -> None:
    hand = c1()
    hand.hooks.answer("pre", "POST http://h/ giving up after 1 attempt(s)")
    halted = f"{HALT} pre-rollout check pre failed POST http://h/ giving up after 1 attempt(s)"
    last = [rolling_back(2), CANARY_FAILED]
    assert hand.ticks(3) == [[STARTING, halted], [STARTING, halted], last]
    assert hand.hooks.phases("pre") == ["Progressing"] * 2


def test_pre_rollout_fails_once() -> None:
    hand = c1()
    hand.hooks.answer("pre", "no", None)
    assert hand.ticks(2) == [[STARTING, f"{HALT} pre-rollout check pre failed no"], started(10)]
    assert hand.status.failed_checks == 1


def test_confirm_rollout() -> None:
    hand = Stagehand(canary(webhooks=[hook("a", "confirm-rollout"), hook("b", "confirm-rollout")]))
    hand.bootstrap()
    hand.hooks.answer("b", "Forbidden", "Forbidden", None)
    hand.new_revision()
    passed = "Normal Confirm-rollout check a passed"
    assert hand.ticks(3) == [
        [passed, f"{HALT} waiting for approval b"],
        [passed],
        [passed, "Normal Confirm-rollout check b passed", DETECTED],
    ]
    assert hand.hooks.phases("b") == ["Initialized", "Waiting", "Waiting"]


def test_confirm_traffic_increase() -> None:
    hand = c1(hook("gate", "confirm-traffic-increase"))
    passed = "Normal Confirm-traffic-increase check gate passed"
    hand.hooks.answer("gate", None, "Forbidden", "Forbidden", None)
    shut = [f"{HALT} waiting for traffic increase approval gate"]
    assert hand.tick()[-2:] == [passed, advance(10)]
    assert hand.ticks(2) == [shut, shut]
    assert (hand.status.failed_checks, hand.status.phase) == (0, "Progressing")
    assert hand.ticks(3) == [[passed, advance(20)], [passed, advance(30)], [passed, COPYING]]


def test_a_closed_gate_at_weight_zero_repeats_the_start() -> None:
    hand = c1(hook("gate", "confirm-traffic-increase"))
    hand.hooks.answer("gate", "Forbidden")
    shut = f"{HALT} waiting for traffic increase approval gate"
    assert hand.ticks(2) == [[*started(10)[:2], shut]] * 2


def test_promotion_gate_then_bad_metrics() -> None:
    hand = c1(hook("gate", "confirm-promotion"))
    hand.hooks.answer("gate", "Forbidden")
    hand.tick(3)
    assert hand.tick() == [f"{HALT} waiting for promotion approval gate"]
    assert (hand.status.canary_weight, hand.weight) == (0, 30)
    assert hand.tick() == []
    hand.metrics.success.append(40.0)
    hand.metrics.success.popleft()
    assert hand.ticks(3) == [[LOW], [LOW], [rolling_back(2), CANARY_FAILED]]
    assert hand.weight == 0


def test_rollback_hook() -> None:
    hand = c1(hook("undo", "rollback"))
    refused = "Normal Rollback hook undo not signaling a rollback"
    hand.hooks.answer("undo", "Forbidden", "Forbidden", None)
    assert hand.ticks(3) == [
        [refused, *started(10)],
        [refused, advance(20)],
        [
            "Warning Rollback check undo passed",
            "Warning Rolling back detail.flagger manual webhook invoked",
            CANARY_FAILED,
        ],
    ]
    assert hand.hooks.phases("undo") == ["Progressing"] * 3


def test_post_rollout_on_success() -> None:
    hand = c1(hook("a", "post-rollout"), hook("b", "post-rollout"))
    assert hand.ticks(6)[-1] == [
        "Normal Post-rollout check a passed",
        "Normal Post-rollout check b passed",
        COMPLETED,
    ]
    assert hand.hooks.phases("a") == ["Succeeded"]


def test_post_rollout_on_failure() -> None:
    hand = c1(hook("a", "post-rollout"), hook("b", "post-rollout"), threshold=1)
    hand.metrics.success.appendleft(40.0)
    hand.hooks.answer("a", "busy")
    assert hand.ticks(3)[-1] == [
        rolling_back(1),
        CANARY_FAILED,
        "Warning Post-rollout hook a failed busy",
    ]
    assert (hand.hooks.phases("a"), hand.hooks.phases("b")) == (["Failed"], [])
    assert hand.status.phase == "Failed"


def test_event_webhook() -> None:
    hand = c1(hook("listener", "event"), threshold=1)
    hand.hooks.answer("listener", "busy")
    hand.metrics.success.appendleft(40.0)
    lines = hand.tick(3)
    heard = [call for call in hand.hooks.calls if call.hook == "listener"][-len(lines) :]
    assert [call.payload["metadata"]["eventMessage"] for call in heard] == [
        line.partition(" ")[2] for line in lines
    ]
    assert [call.payload["metadata"]["eventType"] for call in heard] == [
        line.partition(" ")[0] for line in lines
    ]
    assert [call.phase for call in heard] == ["Progressing"] * 5 + ["Failed"]
    failures = [line for line in hand.events.logs if "error sending event" in line.msg]
    assert {(one.level, one.msg) for one in failures} == {
        ("error", "error sending event to webhook: busy")
    }
