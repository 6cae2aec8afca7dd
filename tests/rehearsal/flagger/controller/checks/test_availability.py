"""Metric providers at bootstrap."""

from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, success_rate

TEMPLATE = MetricTemplate(
    "errors",
    "flagger",
    MetricTemplateSpec.model_validate(
        {"provider": {"type": "datadog", "secretRef": {"name": "keys"}}, "query": "up"}
    ),
)
SECRETS = {("flagger", "keys"): {"datadog_api_key": b"a", "datadog_application_key": b"b"}}
DOWN = QueryFailed("request failed: refused")


def first_line(metrics: list[dict[str, Any]], online: float | Exception) -> str:
    simulation = Simulation(canary(metrics=metrics), templates=[TEMPLATE], secrets=SECRETS)
    simulation.metrics.online = online
    return simulation.tick()[0]


def templated(name: str) -> dict[str, Any]:
    return {"name": "m", "interval": "1m", "templateRef": {"name": name}}


@pytest.mark.parametrize(
    ("metrics", "online", "text"),
    [
        ([], DOWN, "Normal all the metrics providers are available!"),
        ([{"name": "m", "query": "up"}], DOWN, "Normal all the metrics providers are available!"),
        ([success_rate(), templated("errors")], 1.0, "Normal all the metrics providers are"),
        (
            [success_rate()],
            DOWN,
            "Error Error checking metric providers: prometheus not avaiable:"
            " running query failed: request failed: refused",
        ),
        (
            [success_rate()],
            2.0,
            "Error Error checking metric providers: prometheus not avaiable:"
            " value is not 1 for query: vector(1)",
        ),
        (
            [templated("errors")],
            DOWN,
            "Error Error checking metric providers: datadog in metric template errors.flagger"
            " not avaiable: request failed: refused",
        ),
        (
            [templated("nope")],
            1.0,
            "Error Error checking metric providers: metric template nope.flagger error:"
            ' metrictemplate.flagger.app "nope" not found',
        ),
    ],
)
def test_availability(metrics: list[dict[str, Any]], online: float | Exception, text: str) -> None:
    assert first_line(metrics, online).startswith(text)


def test_a_run_does_not_ask_again() -> None:
    simulation = Simulation(canary(metrics=[success_rate()]))
    simulation.detected()
    simulation.metrics.online = DOWN
    assert not any("providers" in line for tick in simulation.ticks(3) for line in tick)
