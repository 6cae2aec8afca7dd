"""Log line, event, event webhook: in that order, with the right level and phase."""

from typing import Any

from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import HookRequest
from tests.rehearsal.fakes import Stagehand, canary, hook, success_rate


def test_levels_types_and_callers() -> None:
    hand = Stagehand(canary(threshold=1, metrics=[{"name": "unusable"}]))
    hand.detected()
    hand.events.logs.clear()
    hand.events.events.clear()
    hand.tick(3)
    said = list(zip(hand.events.logs, hand.events.events, strict=True))
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
    hand = Stagehand(canary(webhooks=[hook("listener", "event")]))
    said_before: list[str] = []

    def listen(request: HookRequest) -> None:
        said_before.append(hand.events.lines[-1])

    hand.hooks.call = listen  # type: ignore[method-assign]
    hand.tick()
    assert said_before == hand.events.lines


def heard(hand: Stagehand) -> list[tuple[str, str]]:
    calls: list[Any] = hand.hooks.calls
    return [(call.hook, call.payload["metadata"]["eventMessage"]) for call in calls]


def test_the_global_webhook_hears_canaries_without_their_own() -> None:
    flags = Flags(event_webhook="http://hooks.flagger/global", epoch_s=1_616_000_000)
    hand = Stagehand(canary(), flags=flags)
    hand.tick()
    assert [name for name, _ in heard(hand)] == ["global", "global"]
    assert hand.hooks.calls[0].payload["metadata"]["timestamp"] == "1616000060000"
    assert hand.hooks.calls[0].request.retries == 0


def test_own_webhooks_replace_the_global_one_and_are_all_told() -> None:
    flags = Flags(event_webhook="http://hooks.flagger/global")
    listeners = [hook("a", "event"), hook("b", "event", retries=2, timeout="3s")]
    hand = Stagehand(canary(webhooks=listeners), flags=flags)
    hand.tick()
    assert [name for name, _ in heard(hand)] == ["a", "b"] * 2
    request = hand.hooks.calls[1].request
    assert (request.retries, request.timeout_s) == (2, 3.0)


def test_gauges_follow_the_run() -> None:
    hand = Stagehand(canary(threshold=1, metrics=[success_rate()]))
    hand.detected()
    hand.tick(1)
    primary = {"workload": "detail-primary", "namespace": "flagger"}
    assert hand.events.gauge_value("flagger_canary_weight", workload="detail") == 10
    assert hand.events.gauge_value("flagger_canary_weight", **primary) == 90
    assert hand.events.gauge_value("flagger_canary_status", name="detail") == 0
    hand.metrics.success.appendleft(12.5)
    hand.tick(2)
    analysis = "flagger_canary_metric_analysis"
    assert hand.events.gauge_value(analysis, metric="request-success-rate") == 12.5
    assert hand.events.gauge_value("flagger_canary_weight", workload="detail") == 0
    assert hand.events.gauge_value("flagger_canary_status", name="detail") == 2
    labels = {"deployment_strategy": "canary", "analysis_status": "completed"}
    assert hand.events.gauge_value("flagger_canary_failures_total", **labels) == 1


def test_a_success_is_counted_by_strategy() -> None:
    hand = Stagehand(canary(iterations=1))
    hand.detected()
    hand.tick(5)
    labels = {"deployment_strategy": "blue-green", "analysis_status": "completed"}
    assert hand.status.phase == "Succeeded"
    assert hand.events.gauge_value("flagger_canary_successes_total", **labels) == 1
