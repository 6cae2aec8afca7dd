"""Who hears of what."""

from typing import Any

import pytest

from rehearsal.flagger.canary.analysis import Severity
from rehearsal.flagger.canary.resources import AlertProvider, AlertProviderSpec
from rehearsal.flagger.controller.alerts import is_heard, metadata_fields
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import AlertSeverity
from tests.rehearsal.fakes import Stagehand, canary, hook, success_rate

CHAT = AlertProvider(
    "chat", "flagger", AlertProviderSpec.model_validate({"type": "slack", "address": "http://c/"})
)


@pytest.mark.parametrize(
    ("listens_to", "hears"),
    [
        ("info", {"info", "warn", "error"}),
        ("warn", {"warn", "error"}),
        ("error", {"error"}),
        ("", set()),
    ],
)
def test_severities(listens_to: Severity, hears: set[AlertSeverity]) -> None:
    levels: tuple[AlertSeverity, ...] = ("info", "warn", "error")
    assert {level for level in levels if is_heard(listens_to, level)} == hears


def reference(severity: str = "info", name: str = "chat") -> dict[str, Any]:
    return {"name": "a", "severity": severity, "providerRef": {"name": name}}


def sent(hand: Stagehand) -> list[tuple[str, str, bool]]:
    return [(one.severity, one.message, bool(one.fields)) for one in hand.events.alerts]


def test_a_promotion() -> None:
    hand = Stagehand(canary(stepWeight=100, webhooks=[hook("gate", "confirm-promotion")]))
    hand.controller.sync()
    hand.hooks.answer("gate", "no", None)
    hand.tick()
    hand.new_revision()
    hand.tick(6)
    assert sent(hand) == [
        ("info", "New Deployment detected, initialization completed.", True),
        ("info", "New revision detected, progressing canary analysis.", True),
        ("warn", "Canary promotion is waiting for approval.", False),
        ("info", "Canary analysis completed successfully, promotion finished.", False),
    ]
    assert all(one.provider is None for one in hand.events.alerts)


def test_gates_and_a_rollback() -> None:
    webhooks = [hook("a", "confirm-rollout"), hook("b", "confirm-traffic-increase")]
    hand = Stagehand(canary(threshold=1, metrics=[success_rate()], webhooks=webhooks))
    hand.bootstrap()
    hand.hooks.answer("a", "no", None)
    hand.hooks.answer("b", "no", None)
    hand.metrics.success.appendleft(0.0)
    hand.new_revision()
    hand.tick(6)
    assert sent(hand) == [
        ("warn", "Canary is waiting for approval.", False),
        ("info", "New revision detected, progressing canary analysis.", True),
        ("warn", "Canary traffic increase is waiting for approval.", False),
        ("error", "Failed checks threshold reached 1", False),
    ]


def test_a_muted_gate() -> None:
    gate = hook("gate", "confirm-rollout", muteAlert=True)
    hand = Stagehand(canary(webhooks=[gate]))
    hand.bootstrap()
    hand.hooks.answer("gate", "no")
    hand.new_revision()
    hand.tick()
    assert sent(hand) == []


def test_manual_rollback_and_skipped_analysis() -> None:
    hand = Stagehand(canary(webhooks=[hook("undo", "rollback")]))
    hand.detected()
    hand.events.alerts.clear()
    hand.tick()
    assert sent(hand) == [("warn", "Rolling back manual webhook invoked", False)]
    skipped = Stagehand(canary({"skipAnalysis": True}))
    skipped.detected()
    skipped.tick()
    last = ("info", "Canary analysis was skipped, promotion finished.", False)
    assert sent(skipped)[-1] == last


def test_only_providers_that_listen_are_told_and_unknown_ones_are_logged() -> None:
    alerts = [reference("info"), reference("error"), reference(""), reference("info", "nobody")]
    hand = Stagehand(canary(alerts=alerts), alert_providers=[CHAT])
    hand.controller.sync()
    hand.tick()
    assert [one.provider for one in hand.events.alerts] == [CHAT]
    assert [(line.level, line.msg) for line in hand.events.logs if line.level == "error"] == [
        (
            "error",
            'alert provider nobody.flagger error: alertprovider.flagger.app "nobody" not found',
        )
    ]


@pytest.mark.parametrize(
    ("analysis", "routing"),
    [
        ({"stepWeight": 5, "maxWeight": 50}, "Weight step: 5 max: 50"),
        ({"stepWeights": [1, 10, 50]}, "Weight steps: 1,10,50 max: 0"),
        ({"iterations": 3}, "Blue/Green"),
        ({"iterations": 3, "match": [{"headers": {"x": {"exact": "y"}}}]}, "A/B Testing"),
    ],
)
def test_metadata(analysis: dict[str, Any], routing: str) -> None:
    assert metadata_fields(canary(**analysis)) == (
        ("Target", "Deployment/detail.flagger"),
        ("Failed checks threshold", "2"),
        ("Progress deadline", "60s"),
        ("Traffic routing", routing),
    )


def test_cluster_name() -> None:
    hand = Stagehand(canary(), flags=Flags(cluster_name="blue"))
    hand.tick()
    assert hand.events.alerts[0].fields[0] == ("Cluster", "blue")
