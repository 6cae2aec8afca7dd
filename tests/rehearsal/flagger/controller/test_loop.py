"""The order of a tick."""

from rehearsal.flagger.controller import Controller
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import CANARY_FAILED, advance, c1, rolling_back
from tests.rehearsal.specs import canary, hook


def test_suspended() -> None:
    simulation = c1()
    simulation.tick(2)
    spec = simulation.store.get().spec
    simulation.store.put_spec(spec.model_copy(update={"suspend": True}))
    suspended = ["Normal skipping canary run as object is suspended"]
    assert simulation.ticks(2) == [suspended, suspended]
    assert simulation.weight == 20
    simulation.store.put_spec(spec)
    assert simulation.tick() == [advance(30)]


def test_a_canary_that_is_gone() -> None:
    simulation = c1()
    simulation.store.delete()
    assert simulation.tick() == []
    line = simulation.events.logs[-1]
    assert (line.level, line.msg, line.canary) == (
        "error",
        "Canary detail.flagger not found",
        "detail.flagger",
    )


def test_sync_begins_once() -> None:
    simulation = Simulation(canary())
    simulation.controller.sync()
    assert simulation.status.phase == "Initializing"
    assert (simulation.events.logs[-1].msg, simulation.events.logs[-1].canary) == (
        "Synced flagger/detail",
        None,
    )
    simulation.tick()
    simulation.controller.sync()
    assert simulation.status.phase == "Initialized"


def test_the_threshold_ends_the_run_before_any_hook_or_metric() -> None:
    simulation = c1(hook("undo", "rollback"), threshold=1)
    simulation.hooks.answer("undo", "no")
    simulation.metrics.success_rate.appendleft(40.0)
    simulation.tick(2)
    simulation.hooks.calls.clear()
    simulation.metrics.queries.clear()
    assert simulation.tick()[0] == "Normal Rollback hook undo not signaling a rollback"
    assert [call.hook for call in simulation.hooks.calls] == ["undo"]
    assert simulation.metrics.queries == []


def test_failed_checks_are_shared_and_never_forgiven() -> None:
    simulation = c1(threshold=3)
    simulation.hooks.answer("pre", "no", None)
    simulation.tick(2)
    simulation.hooks.answer("load", "no", None)
    simulation.tick(2)
    assert simulation.status.failed_checks == 2
    simulation.metrics.success_rate.appendleft(40.0)
    assert simulation.ticks(2)[1] == [rolling_back(3), CANARY_FAILED]


def test_a_success_keeps_its_count() -> None:
    simulation = c1()
    simulation.hooks.answer("pre", "no", None)
    simulation.tick(7)
    assert (simulation.status.phase, simulation.status.failed_checks) == ("Succeeded", 1)


def test_a_restarted_controller_goes_on_where_it_was() -> None:
    simulation = c1()
    simulation.tick(2)
    simulation.controller = Controller(simulation.ports)
    simulation.controller.sync()
    assert simulation.tick() == [advance(30)]
