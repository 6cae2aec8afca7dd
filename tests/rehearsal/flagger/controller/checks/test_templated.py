"""Metrics by template."""

from collections import deque
from typing import Any

import pytest

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary, success_rate


def test_template_without_an_interval() -> None:
    template = MetricTemplate(
        "latency",
        "flagger",
        MetricTemplateSpec.model_validate(
            {
                "provider": {"type": "prometheus", "address": "http://p:9090"},
                "query": "rate(x[{{ interval }}])",
            }
        ),
    )
    metric = {"name": "late", "templateRef": {"name": "latency"}, "thresholdRange": {"max": 1}}
    simulation = Simulation(canary(metrics=[metric]), templates=[template])
    simulation.detected()
    simulation.metrics.by_query["rate(x[])"] = deque(
        [QueryFailed('error response: Status 400 Bad Request: {"status":"error"}')]
    )
    assert simulation.ticks(2)[1] == [
        "Error Metric query failed for late: error response: Status 400 Bad Request:"
        ' {"status":"error"}'
    ]


def template(query: str = "up", namespace: str = "flagger") -> MetricTemplate:
    provider = {"type": "prometheus", "address": "http://p:9090", "secretRef": {"name": "s"}}
    spec = MetricTemplateSpec.model_validate({"provider": provider, "query": query})
    return MetricTemplate("errors", namespace, spec)


def checked(metric: dict[str, Any], *templates: MetricTemplate) -> Simulation:
    fields = {"name": "error-rate", "interval": "1m", "thresholdRange": {"max": 1}, **metric}
    secrets = {(namespace, "s"): {"token": b"t"} for namespace in ("flagger", "ops")}
    simulation = Simulation(canary(metrics=[fields]), templates=templates, secrets=secrets)
    simulation.detected()
    simulation.tick()
    simulation.events.lines.clear()
    return simulation


REF = {"templateRef": {"name": "errors"}}


def test_value_and_limit_have_no_percent_sign() -> None:
    simulation = checked(REF, template())
    simulation.metrics.by_query["up"] = deque([69.17])
    assert simulation.tick() == ["Warning Halt detail.flagger advancement error-rate 69.17 > 1"]


def test_source_and_query() -> None:
    query = "rate(x{ns='{{ namespace }}', v='{{ variables.v }}'}\n\t [{{ interval }}])"
    simulation = checked({**REF, "templateVariables": {"v": "1"}}, template(query))
    simulation.tick()
    source, sent = simulation.metrics.queries[0]
    assert (source.type, source.address) == ("prometheus", "http://p:9090")
    assert source.credentials == {"token": b"t"}
    assert sent == "rate(x{ns='flagger', v='1'} [1m])"


def test_only_a_prometheus_gets_its_query_on_one_line() -> None:
    """Flux and NRQL keep their lines (flagger pkg/metrics/providers)."""
    query = "from(x)\n  |> last()"
    provider = {"type": "influxdb", "address": "http://i"}
    spec = MetricTemplateSpec.model_validate({"provider": provider, "query": query})
    simulation = checked(REF, MetricTemplate("errors", "flagger", spec))
    simulation.tick()
    assert simulation.metrics.queries[0][1] == query


def test_another_namespace() -> None:
    reference = {"name": "errors", "namespace": "ops"}
    simulation = checked({"templateRef": reference}, template(namespace="ops"))
    simulation.metrics.by_query["up"] = deque([5.0])
    assert "error-rate 5.00 > 1" in simulation.tick()[0]


@pytest.mark.parametrize(
    ("metric", "query", "text"),
    [
        (
            {"templateRef": {"name": "nope"}},
            "up",
            'Error Metric template nope.flagger error: metrictemplate.flagger.app "nope" not found',
        ),
        (
            REF,
            "{{ variables.x }}",
            "Error Metric template errors.flagger query render error: template excution failed:"
            ' template: tmpl:1:3: executing "tmpl" at <variables>: map has no entry for key "x"',
        ),
        (
            REF,
            "{{ nope }}",
            "Error Metric template errors.flagger query render error: template parsing failed:"
            ' template: tmpl:1: function "nope" not defined',
        ),
        (
            {"name": "nothing"},
            "up",
            "Error Metric query failed for no usable metrics template and query were configured",
        ),
    ],
)
def test_what_cannot_be_asked(metric: dict[str, Any], query: str, text: str) -> None:
    simulation = checked(metric, template(query))
    assert simulation.tick() == [text]
    assert simulation.status.failed_checks == 1


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (
            NoValuesFound(),
            "Warning Halt advancement no values found for custom metric: error-rate:"
            " no values found",
        ),
        (
            QueryFailed("query returned multiple values"),
            "Error Metric query failed for error-rate: query returned multiple values",
        ),
    ],
)
def test_what_is_not_answered(failure: Exception, text: str) -> None:
    simulation = checked(REF, template())
    simulation.metrics.by_query["up"] = deque([failure])
    assert simulation.tick() == [text]


def test_templates_come_after_all_builtins() -> None:
    first = {"name": "error-rate", "interval": "1m", "thresholdRange": {"max": 1}, **REF}
    simulation = Simulation(canary(metrics=[first, success_rate()]), templates=[template()])
    simulation.detected()
    simulation.metrics.success_rate.appendleft(0.0)
    assert "success rate 0.00% < 99%" in simulation.ticks(2)[1][0]
    assert len(simulation.metrics.queries) == 1
