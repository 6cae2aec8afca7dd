"""The first pass of metric checks."""

from collections import deque
from typing import Any

import pytest

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.flagger.controller.scenes import (
    CANARY_FAILED,
    HALT,
    LOW,
    advance,
    c1,
    detected,
    rolling_back,
    started,
)
from tests.rehearsal.specs import canary, duration, success_rate

INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "i"}


def test_low_success_rate() -> None:
    simulation = c1()
    simulation.metrics.success_rate.append(40.0)
    assert simulation.ticks(5) == [
        started(10),
        [advance(20)],
        [LOW],
        [LOW],
        [rolling_back(2), CANARY_FAILED],
    ]
    assert simulation.weight == 0


def test_high_duration() -> None:
    simulation = c1()
    simulation.metrics.duration.appendleft(501.9)
    assert simulation.ticks(2)[1] == [f"{HALT} request duration 501ms > 500ms"]


@pytest.mark.parametrize(
    ("provider", "named", "why"),
    [
        ("appmesh:v1beta2", "appmesh:v1beta2", ": running query failed: no values found"),
        ("istio", "istio", ": running query failed: no values found"),
        ("gatewayapi:v1", "gatewayapi:v1", ": no values found"),
        ("kubernetes", "kubernetes", ": no values found"),
    ],
)
def test_no_traffic(provider: str, named: str, why: str) -> None:
    service = {"port": 80, "gatewayRefs": [{"name": "gateway"}]}
    plan: dict[str, Any] = {"iterations": 3} if provider == "kubernetes" else {}
    spec = {"provider": provider, "service": service}
    simulation = detected(spec, metrics=[success_rate()], **plan)
    simulation.metrics.success_rate.appendleft(NoValuesFound())
    simulation.metrics.success_rate[1] = NoValuesFound()
    simulation.tick()
    silent = (
        f"Warning Halt advancement no values found for {named} metric request-success-rate"
        f" probably detail.flagger is not receiving traffic{why}"
    )
    assert simulation.ticks(3) == [[silent], [silent], [rolling_back(2), CANARY_FAILED]]


def test_no_traffic_says_less_of_durations() -> None:
    simulation = detected(metrics=[duration()])
    simulation.metrics.duration.appendleft(NoValuesFound())
    assert simulation.ticks(2)[1] == [
        "Warning Halt advancement no values found for appmesh:v1beta2 metric request-duration"
        " probably detail.flagger is not receiving traffic"
    ]


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_of_zero_is_one(threshold: int) -> None:
    simulation = c1(threshold=threshold)
    simulation.metrics.success_rate.appendleft(40.0)
    assert simulation.ticks(3)[1:] == [[LOW], [rolling_back(1), CANARY_FAILED]]


@pytest.mark.parametrize(
    ("limits", "value", "text"),
    [
        ({"thresholdRange": {"min": 99}}, 99.0, None),
        ({"thresholdRange": {"min": 99}}, 98.999, "99.00% < 99%"),
        ({"thresholdRange": {"min": 99.5}}, 23.0271, "23.03% < 99.5%"),
        ({"thresholdRange": {"max": 50}}, 50.0, None),
        ({"thresholdRange": {"max": 50}}, 50.5, "50.50% > 50%"),
        ({"threshold": 99}, 98.0, "98.00% < 99%"),
        ({"threshold": 99}, 99.0, None),
        ({}, 0.0, None),
        ({"threshold": 99, "thresholdRange": {}}, 0.0, None),
    ],
)
def test_success_rate_limits(limits: dict[str, Any], value: float, text: str | None) -> None:
    simulation = detected(metrics=[{"name": "request-success-rate", **limits}])
    simulation.metrics.success_rate.appendleft(value)
    expected = advance(20) if text is None else f"{HALT} success rate {text}"
    assert simulation.ticks(2)[1] == [expected]


@pytest.mark.parametrize(
    ("limits", "value", "text"),
    [
        ({"thresholdRange": {"max": 500}}, 500.9, None),
        ({"thresholdRange": {"max": 500}}, 501.0, "501ms > 500ms"),
        ({"thresholdRange": {"max": 500.9}}, 501.0, "501ms > 500ms"),
        ({"thresholdRange": {"min": 100}}, 99.9, "99ms < 100ms"),
        ({"thresholdRange": {"max": 60000}}, 65000.0, "1m5s > 1m0s"),
        ({"threshold": 500}, 1515.0, "1.515s > 500ms"),
        ({}, 0.9, None),
        ({}, 1.0, "1ms > 0s"),
    ],
)
def test_duration_limits(limits: dict[str, Any], value: float, text: str | None) -> None:
    simulation = detected(metrics=[{"name": "request-duration", **limits}])
    simulation.metrics.duration.appendleft(value)
    expected = advance(20) if text is None else f"{HALT} request duration {text}"
    assert simulation.ticks(2)[1] == [expected]


@pytest.mark.parametrize(
    ("limits", "value", "text"),
    [
        ({"thresholdRange": {"max": 1}}, 69.17, "error-rate 69.17 > 1"),
        ({"thresholdRange": {"min": 1e6}}, 5.0, "error-rate 5.00 < 1e+06"),
        ({"threshold": 0.5}, 0.6, "error-rate 0.60 > 0.5"),
        ({"threshold": 0.5}, 0.5, None),
    ],
)
def test_in_line_queries(limits: dict[str, Any], value: float, text: str | None) -> None:
    metric = {"name": "error-rate", "query": "sum(up{n='{{ namespace }}'}[{{ interval }}])"}
    simulation = detected(metrics=[{**metric, **limits}])
    simulation.metrics.by_query["sum(up{n='flagger'}[1m])"] = deque([value])
    expected = advance(20) if text is None else f"{HALT} {text}"
    assert simulation.ticks(2)[1] == [expected]


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (NoValuesFound(), "Warning Halt advancement no values found for metric: q"),
        (
            QueryFailed("request failed: refused"),
            "Error Prometheus query failed for q: request failed: refused",
        ),
    ],
)
def test_in_line_queries_that_fail(failure: Exception, text: str) -> None:
    simulation = detected(metrics=[{"name": "q", "query": "up", "thresholdRange": {"max": 1}}])
    simulation.metrics.by_query["up"] = deque([failure])
    assert simulation.ticks(2)[1] == [text]


def test_an_in_line_query_that_cannot_be_rendered_is_sent_empty() -> None:
    simulation = detected(metrics=[{"name": "q", "query": "{{ nope }}", "threshold": 1000}])
    simulation.tick(2)
    assert simulation.metrics.queries[0][1] == ""


@pytest.mark.parametrize("metric", [success_rate(), duration()])
def test_a_server_that_cannot_be_asked(metric: dict[str, Any]) -> None:
    simulation = detected(metrics=[metric])
    failure = QueryFailed("request failed: refused")
    simulation.metrics.success_rate.appendleft(failure)
    simulation.metrics.duration.appendleft(failure)
    text = "Error Prometheus query failed: running query failed: request failed: refused"
    assert simulation.ticks(2)[1] == [text]
    assert simulation.status.failed_checks == 1


def test_the_first_failure_ends_the_pass() -> None:
    simulation = detected(metrics=[success_rate(), duration()])
    simulation.metrics.success_rate.appendleft(0.0)
    simulation.tick(2)
    assert len(simulation.metrics.queries) == 1


def test_intervals_and_servers() -> None:
    spec = {"metricsServer": "http://other:9090"}
    simulation = detected(spec, metrics=[success_rate(), duration(interval="30s")])
    simulation.tick(2)
    assert {source.address for source, _ in simulation.metrics.queries} == {"http://other:9090"}
    (_, first), (_, second) = simulation.metrics.queries
    assert ("[1m]" in first, "[30s]" in second) == (True, True)


def test_a_builtin_name_with_a_query_is_checked_twice() -> None:
    simulation = detected(metrics=[success_rate(query="vector(100)")])
    simulation.metrics.by_query["vector(100)"] = deque([50.0])
    assert simulation.ticks(2)[1] == [f"{HALT} request-success-rate 50.00 < 99"]
    assert len(simulation.metrics.queries) == 2


def test_linkerd_as_the_default_mesh_takes_over_the_queries() -> None:
    plan = canary({"provider": "nginx", "ingressRef": INGRESS}, metrics=[success_rate()])
    simulation = Simulation(plan, flags=Flags(mesh_provider="linkerd"))
    simulation.detected()
    simulation.metrics.success_rate.appendleft(NoValuesFound())
    assert "found for linkerd metric" in simulation.ticks(2)[1][0]
    assert "response_total" in simulation.metrics.queries[0][1]


def test_what_was_measured_is_shown() -> None:
    query = {"name": "q", "query": "vector(3)", "threshold": 9}
    simulation = detected(metrics=[success_rate(), duration(), query])
    simulation.metrics.success_rate = deque([99.5])
    simulation.metrics.duration = deque([250.9])
    simulation.metrics.by_query["vector(3)"] = deque([3.0])
    simulation.tick(2)
    shown = {
        gauge.labels["metric"]: gauge.value
        for gauge in simulation.events.gauges
        if gauge.name == "flagger_canary_metric_analysis"
    }
    assert shown == {"request-success-rate": 99.5, "request-duration": 0.25, "q": 3.0}
