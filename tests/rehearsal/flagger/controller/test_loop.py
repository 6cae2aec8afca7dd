"""The order of a tick."""

from rehearsal.flagger.controller import Controller
from tests.rehearsal.fakes import Stagehand, canary, hook
from tests.rehearsal.flagger.controller.scenes import CANARY_FAILED, advance, c1, rolling_back


def test_suspended() -> None:
    hand = c1()
    hand.tick(2)
    spec = hand.store.get().spec
    hand.store.put_spec(spec.model_copy(update={"suspend": True}))
    suspended = ["Normal skipping canary run as object is suspended"]
    assert hand.ticks(2) == [suspended, suspended]
    assert hand.weight == 20
    hand.store.put_spec(spec)
    assert hand.tick() == [advance(30)]


def test_a_canary_that_is_gone() -> None:
    hand = c1()
    hand.store.delete()
    assert hand.tick() == []
    line = hand.events.logs[-1]
    assert (line.level, line.msg, line.canary) == (
        "error",
        "Canary detail.flagger not found",
        "detail.flagger",
    )


def test_sync_begins_once() -> None:
    hand = Stagehand(canary())
    hand.controller.sync()
    assert hand.status.phase == "Initializing"
    assert (hand.events.logs[-1].msg, hand.events.logs[-1].canary) == (
        "Synced flagger/detail",
        None,
    )
    hand.tick()
    hand.controller.sync()
    assert hand.status.phase == "Initialized"


def test_the_threshold_ends_the_run_before_any_hook_or_metric() -> None:
    hand = c1(hook("undo", "rollback"), threshold=1)
    hand.hooks.answer("undo", "no")
    hand.metrics.success.appendleft(40.0)
    hand.tick(2)
    hand.hooks.calls.clear()
    hand.metrics.queries.clear()
    assert hand.tick()[0] == "Normal Rollback hook undo not signaling a rollback"
    assert [call.hook for call in hand.hooks.calls] == ["undo"]
    assert hand.metrics.queries == []


def test_failed_checks_are_shared_and_never_forgiven() -> None:
    hand = c1(threshold=3)
    hand.hooks.answer("pre", "no", None)
    hand.tick(2)
    hand.hooks.answer("load", "no", None)
    hand.tick(2)
    assert hand.status.failed_checks == 2
    hand.metrics.success.appendleft(40.0)
    assert hand.ticks(2)[1] == [rolling_back(3), CANARY_FAILED]


def test_a_success_keeps_its_count() -> None:
    hand = c1()
    hand.hooks.answer("pre", "no", None)
    hand.tick(7)
    assert (hand.status.phase, hand.status.failed_checks) == ("Succeeded", 1)


def test_a_restarted_controller_goes_on_where_it_was() -> None:
    hand = c1()
    hand.tick(2)
    hand.controller = Controller(hand.ports)
    hand.controller.sync()
    assert hand.tick() == [advance(30)]
