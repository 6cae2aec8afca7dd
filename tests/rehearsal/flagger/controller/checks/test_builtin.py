"""The first pass of metric checks."""

from collections import deque
from typing import Any

import pytest

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from tests.rehearsal.fakes import Stagehand, canary, duration, success_rate
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

INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "i"}


def test_low_success_rate() -> None:
    hand = c1()
    hand.metrics.success.append(40.0)
    assert hand.ticks(5) == [
        started(10),
        [advance(20)],
        [LOW],
        [LOW],
        [rolling_back(2), CANARY_FAILED],
    ]
    assert hand.weight == 0


def test_high_duration() -> None:
    hand = c1()
    hand.metrics.duration.appendleft(501.9)
    assert hand.ticks(2)[1] == [f"{HALT} request duration 501ms > 500ms"]


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
    hand = detected(spec, metrics=[success_rate()], **plan)
    hand.metrics.success.appendleft(NoValuesFound())
    hand.metrics.success[1] = NoValuesFound()
    hand.tick()
    silent = (
        f"Warning Halt advancement no values found for {named} metric request-success-rate"
        f" probably detail.flagger is not receiving traffic{why}"
    )
    assert hand.ticks(3) == [[silent], [silent], [rolling_back(2), CANARY_FAILED]]


def test_no_traffic_says_less_of_durations() -> None:
    hand = detected(metrics=[duration()])
    hand.metrics.duration.appendleft(NoValuesFound())
    assert hand.ticks(2)[1] == [
        "Warning Halt advancement no values found for appmesh:v1beta2 metric request-duration"
        " probably detail.flagger is not receiving traffic"
    ]


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_of_zero_is_one(threshold: int) -> None:
    hand = c1(threshold=threshold)
    hand.metrics.success.appendleft(40.0)
    assert hand.ticks(3)[1:] == [[LOW], [rolling_back(1), CANARY_FAILED]]


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
    hand = detected(metrics=[{"name": "request-success-rate", **limits}])
    hand.metrics.success.appendleft(value)
    expected = advance(20) if text is None else f"{HALT} success rate {text}"
    assert hand.ticks(2)[1] == [expected]


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
    hand = detected(metrics=[{"name": "request-duration", **limits}])
    hand.metrics.duration.appendleft(value)
    expected = advance(20) if text is None else f"{HALT} request duration {text}"
    assert hand.ticks(2)[1] == [expected]


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
    hand = detected(metrics=[{**metric, **limits}])
    hand.metrics.custom["sum(up{n='flagger'}[1m])"] = deque([value])
    expected = advance(20) if text is None else f"{HALT} {text}"
    assert hand.ticks(2)[1] == [expected]


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
    hand = detected(metrics=[{"name": "q", "query": "up", "thresholdRange": {"max": 1}}])
    hand.metrics.custom["up"] = deque([failure])
    assert hand.ticks(2)[1] == [text]


def test_an_in_line_query_that_cannot_be_rendered_is_sent_empty() -> None:
    hand = detected(metrics=[{"name": "q", "query": "{{ nope }}", "threshold": 1000}])
    hand.tick(2)
    assert hand.metrics.queries[0][1] == ""


@pytest.mark.parametrize("metric", [success_rate(), duration()])
def test_a_server_that_cannot_be_asked(metric: dict[str, Any]) -> None:
    hand = detected(metrics=[metric])
    failure = QueryFailed("request failed: refused")
    hand.metrics.success.appendleft(failure)
    hand.metrics.duration.appendleft(failure)
    text = "Error Prometheus query failed: running query failed: request failed: refused"
    assert hand.ticks(2)[1] == [text]
    assert hand.status.failed_checks == 1


def test_the_first_failure_ends_the_pass() -> None:
    hand = detected(metrics=[success_rate(), duration()])
    hand.metrics.success.appendleft(0.0)
    hand.tick(2)
    assert len(hand.metrics.queries) == 1


def test_intervals_and_servers() -> None:
    spec = {"metricsServer": "http://other:9090"}
    hand = detected(spec, metrics=[success_rate(), duration(interval="30s")])
    hand.tick(2)
    assert {source.address for source, _ in hand.metrics.queries} == {"http://other:9090"}
    (_, first), (_, second) = hand.metrics.queries
    assert ("[1m]" in first, "[30s]" in second) == (True, True)


def test_a_builtin_name_with_a_query_is_checked_twice() -> None:
    hand = detected(metrics=[success_rate(query="vector(100)")])
    hand.metrics.custom["vector(100)"] = deque([50.0])
    assert hand.ticks(2)[1] == [f"{HALT} request-success-rate 50.00 < 99"]
    assert len(hand.metrics.queries) == 2


def test_linkerd_as_the_default_mesh_takes_over_the_queries() -> None:
    plan = canary({"provider": "nginx", "ingressRef": INGRESS}, metrics=[success_rate()])
    hand = Stagehand(plan, flags=Flags(mesh_provider="linkerd"))
    hand.detected()
    hand.metrics.success.appendleft(NoValuesFound())
    assert "found for linkerd metric" in hand.ticks(2)[1][0]
    assert "response_total" in hand.metrics.queries[0][1]


def test_what_was_measured_is_shown() -> None:
    query = {"name": "q", "query": "vector(3)", "threshold": 9}
    hand = detected(metrics=[success_rate(), duration(), query])
    hand.metrics.success = deque([99.5])
    hand.metrics.duration = deque([250.9])
    hand.metrics.custom["vector(3)"] = deque([3.0])
    hand.tick(2)
    shown = {
        gauge.labels["metric"]: gauge.value
        for gauge in hand.events.gauges
        if gauge.name == "flagger_canary_metric_analysis"
    }
    assert shown == {"request-success-rate": 99.5, "request-duration": 0.25, "q": 3.0}
