"""Who hears of what."""

from typing import Any

import pytest

from rehearsal.flagger.canary.analysis import Severity
from rehearsal.flagger.canary.resources import AlertProvider, AlertProviderSpec
from rehearsal.flagger.controller.alerts import hears, metadata_fields
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import AlertSeverity
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, hook, success_rate

CHAT = AlertProvider(
    "chat", "flagger", AlertProviderSpec.model_validate({"type": "slack", "address": "http://c/"})
)


@pytest.mark.parametrize(
    ("listens_to", "heard"),
    [
        ("info", {"info", "warn", "error"}),
        ("warn", {"warn", "error"}),
        ("error", {"error"}),
        ("", set()),
    ],
)
def test_severities(listens_to: Severity, heard: set[AlertSeverity]) -> None:
    levels: tuple[AlertSeverity, ...] = ("info", "warn", "error")
    assert {level for level in levels if hears(listens_to, level)} == heard


def reference(severity: str = "info", name: str = "chat") -> dict[str, Any]:
    return {"name": "a", "severity": severity, "providerRef": {"name": name}}


def sent(simulation: Simulation) -> list[tuple[str, str, bool]]:
    return [(one.severity, one.message, bool(one.fields)) for one in simulation.events.alerts]


def test_a_promotion() -> None:
    simulation = Simulation(canary(stepWeight=100, webhooks=[hook("gate", "confirm-promotion")]))
    simulation.controller.sync()
    simulation.hooks.answer("gate", "no", None)
    simulation.tick()
    simulation.new_revision()
    simulation.tick(6)
    assert sent(simulation) == [
        ("info", "New Deployment detected, initialization completed.", True),
        ("info", "New revision detected, progressing canary analysis.", True),
        ("warn", "Canary promotion is waiting for approval.", False),
        ("info", "Canary analysis completed successfully, promotion finished.", False),
    ]
    assert all(one.provider is None for one in simulation.events.alerts)


def test_gates_and_a_rollback() -> None:
    webhooks = [hook("a", "confirm-rollout"), hook("b", "confirm-traffic-increase")]
    simulation = Simulation(canary(threshold=1, metrics=[success_rate()], webhooks=webhooks))
    simulation.bootstrap()
    simulation.hooks.answer("a", "no", None)
    simulation.hooks.answer("b", "no", None)
    simulation.metrics.success_rate.appendleft(0.0)
    simulation.new_revision()
    simulation.tick(6)
    assert sent(simulation) == [
        ("warn", "Canary is waiting for approval.", False),
        ("info", "New revision detected, progressing canary analysis.", True),
        ("warn", "Canary traffic increase is waiting for approval.", False),
        ("error", "Failed checks threshold reached 1", False),
    ]


def test_a_muted_gate() -> None:
    gate = hook("gate", "confirm-rollout", muteAlert=True)
    simulation = Simulation(canary(webhooks=[gate]))
    simulation.bootstrap()
    simulation.hooks.answer("gate", "no")
    simulation.new_revision()
    simulation.tick()
    assert sent(simulation) == []


def test_manual_rollback_and_skipped_analysis() -> None:
    simulation = Simulation(canary(webhooks=[hook("undo", "rollback")]))
    simulation.detected()
    simulation.events.alerts.clear()
    simulation.tick()
    assert sent(simulation) == [("warn", "Rolling back manual webhook invoked", False)]
    skipped = Simulation(canary({"skipAnalysis": True}))
    skipped.detected()
    skipped.tick()
    last = ("info", "Canary analysis was skipped, promotion finished.", False)
    assert sent(skipped)[-1] == last


def test_only_providers_that_listen_are_told_and_unknown_ones_are_logged() -> None:
    alerts = [reference("info"), reference("error"), reference(""), reference("info", "nobody")]
    simulation = Simulation(canary(alerts=alerts), alert_providers=[CHAT])
    simulation.controller.sync()
    simulation.tick()
    assert [one.provider for one in simulation.events.alerts] == [CHAT]
    assert [(line.level, line.msg) for line in simulation.events.logs if line.level == "error"] == [
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
    simulation = Simulation(canary(), flags=Flags(cluster_name="blue"))
    simulation.tick()
    assert simulation.events.alerts[0].fields[0] == ("Cluster", "blue")
