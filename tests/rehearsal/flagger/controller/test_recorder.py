"""Log line, event, event webhook: in that order, with the right level and phase."""

from typing import Any

from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, hook, success_rate


def test_levels_types_and_callers() -> None:
    simulation = Simulation(canary(threshold=1, metrics=[{"name": "unusable"}]))
    simulation.detected()
    simulation.events.logs.clear()
    simulation.events.events.clear()
    simulation.tick(3)
    said = list(zip(simulation.events.logs, simulation.events.events, strict=True))
    assert [(line.level, event.type, line.caller) for line, event in said] == [
        ("info", "Normal", "controller/events.go:33"),
        ("info", "Normal", "controller/events.go:33"),
        ("error", "Warning", "controller/events.go:39"),
        ("info", "Warning", "controller/events.go:45"),
        ("info", "Warning", "controller/events.go:45"),
    ]
    assert {line.canary for line, _ in said} == {"detail.flagger"}
    assert {(event.reason, event.source) for _, event in said} == {("Synced", "flagger")}


def test_the_event_is_out_before_its_webhook_is_called() -> None:
    simulation = Simulation(canary(webhooks=[hook("listener", "event")]))
    said_before: list[str] = []

    def listen(request: HookRequest) -> None:
        said_before.append(simulation.events.lines[-1])

    simulation.hooks.call = listen  # type: ignore[method-assign]
    simulation.tick()
    assert said_before == simulation.events.lines


def heard(simulation: Simulation) -> list[tuple[str, str]]:
    calls: list[Any] = simulation.hooks.calls
    return [(call.hook, call.payload["metadata"]["eventMessage"]) for call in calls]


def test_the_global_webhook_hears_canaries_without_their_own() -> None:
    flags = Flags(event_webhook="http://hooks.flagger/global", epoch_s=1_616_000_000)
    simulation = Simulation(canary(), flags=flags)
    simulation.tick()
    assert [name for name, _ in heard(simulation)] == ["events", "events"]
    assert simulation.hooks.calls[0].payload["metadata"]["timestamp"] == "1616000060000"
    assert simulation.hooks.calls[0].request.retries == 0


def test_own_webhooks_replace_the_global_one_and_are_all_told() -> None:
    flags = Flags(event_webhook="http://hooks.flagger/global")
    listeners = [hook("a", "event"), hook("b", "event", retries=2, timeout="3s")]
    simulation = Simulation(canary(webhooks=listeners), flags=flags)
    simulation.tick()
    assert [name for name, _ in heard(simulation)] == ["a", "b"] * 2
    request = simulation.hooks.calls[1].request
    assert (request.retries, request.timeout_s) == (2, 3.0)


def test_gauges_follow_the_run() -> None:
    simulation = Simulation(canary(threshold=1, metrics=[success_rate()]))
    simulation.detected()
    simulation.tick(1)
    primary = {"workload": "detail-primary", "namespace": "flagger"}
    assert simulation.events.gauge_value("flagger_canary_weight", workload="detail") == 10
    assert simulation.events.gauge_value("flagger_canary_weight", **primary) == 90
    assert simulation.events.gauge_value("flagger_canary_status", name="detail") == 0
    simulation.metrics.success_rate.appendleft(12.5)
    simulation.tick(2)
    analysis = "flagger_canary_metric_analysis"
    assert simulation.events.gauge_value(analysis, metric="request-success-rate") == 12.5
    assert simulation.events.gauge_value("flagger_canary_weight", workload="detail") == 0
    assert simulation.events.gauge_value("flagger_canary_status", name="detail") == 2
    labels = {"deployment_strategy": "canary", "analysis_status": "completed"}
    assert simulation.events.gauge_value("flagger_canary_failures_total", **labels) == 1


def test_a_success_is_counted_by_strategy() -> None:
    simulation = Simulation(canary(iterations=1))
    simulation.detected()
    simulation.tick(5)
    labels = {"deployment_strategy": "blue-green", "analysis_status": "completed"}
    assert simulation.status.phase == "Succeeded"
    assert simulation.events.gauge_value("flagger_canary_successes_total", **labels) == 1
