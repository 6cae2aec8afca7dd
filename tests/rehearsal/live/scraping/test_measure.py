from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus
from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.providers import series_of
from rehearsal.flagger.providers.series import Subject
from rehearsal.live.scraping.measure import MeasuredMetric, measure, measure_all
from rehearsal.live.scraping.metrics import MetricsPort
from rehearsal.live.scraping.prometheus import Prometheus
from rehearsal.metrics.meshes import EnvoyCounts, RequestCounter, scraped
from rehearsal.metrics.scripted import read_scripts

INF = float("inf")
SERVER = "http://prometheus:9090"


def _canary(*metrics: dict[str, Any]) -> Canary:
    spec = {
        "provider": "istio",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"},
        "service": {"port": 80},
        "analysis": {
            "interval": "1m",
            "threshold": 1,
            "stepWeight": 10,
            "metrics": list(metrics),
        },
    }
    return Canary("detail", "demo", CanarySpec.model_validate(spec), status=CanaryStatus())


def _template(name: str, query: str, **provider: Any) -> MetricTemplate:
    settings = {"type": "prometheus", "address": SERVER} | provider
    spec = MetricTemplateSpec.model_validate({"provider": settings, "query": query})
    return MetricTemplate(name, "demo", spec)


@pytest.fixture
def prometheus() -> Prometheus:
    """A canary with 9 good and 1 bad request a second, half of them slow."""
    prometheus, counter = Prometheus(lambda: 60.0), RequestCounter()
    subject = Subject("demo", "detail", "detail", True, 80, pod="detail-1")
    (series,) = series_of("istio")
    for at_s in range(0, 61, 5):
        total = 10.0 * at_s
        buckets = {100.0: total / 2, 500.0: total, INF: total}
        counter.observe(EnvoyCounts({"200": 9.0 * at_s, "500": 1.0 * at_s}, buckets, 0.0))
        prometheus.take_samples("mesh", scraped(series, subject, counter), at_s)
    return prometheus


def _port(prometheus: Prometheus, **scripts: str) -> MetricsPort:
    return MetricsPort(prometheus, lambda: 60.0, SERVER, scripts=read_scripts(scripts))


def test_the_builtin_metrics(prometheus: Prometheus) -> None:
    found = measure(_canary(), "istio", _port(prometheus))
    assert found.success_percent == pytest.approx(90.0)
    assert found.p99_ms == 492.0


def test_no_traffic_is_no_measurement() -> None:
    found = measure(_canary(), "istio", _port(Prometheus(lambda: 60.0)))
    assert (found.success_percent, found.p99_ms) == (None, None)


def _measured(
    prometheus: Prometheus, metric: dict[str, Any], *templates: MetricTemplate, **scripts: str
) -> list[MeasuredMetric]:
    canary = _canary(metric)
    store = MemoryStore(canary, templates)
    return measure_all(canary, "istio", store, _port(prometheus, **scripts), explain=True)


def test_a_builtin_metric_with_its_query_and_series(prometheus: Prometheus) -> None:
    metric = {"name": "request-success-rate", "thresholdRange": {"min": 99}, "interval": "1m"}
    (found,) = _measured(prometheus, metric)
    assert found.value == pytest.approx(90.0)
    assert found.reason == "success rate 90.00% < 99%"
    assert found.limits == "≥ 99"
    assert 'destination_workload=~"detail"' in found.query
    assert found.explanation is not None
    assert [matched.count for matched in found.explanation.matched] == [1, 2]


@pytest.mark.parametrize(
    ("metric", "value", "reason", "limits"),
    [
        ({"name": "request-duration", "thresholdRange": {"max": 500}}, 492.0, "", "≤ 500"),
        ({"name": "request-duration", "threshold": 400}, 492.0,
         "request duration 492ms > 400ms", "≤ 400"),
        ({"name": "request-success-rate", "threshold": 50}, 90.0, "", "≥ 50"),
        ({"name": "own", "query": "vector(5)", "thresholdRange": {"min": 1, "max": 4}}, 5.0,
         "own 5.00 > 4", "1 to 4"),
        ({"name": "own", "query": "vector(5)", "thresholdRange": {}}, 5.0, "", "no limit"),
        ({"name": "own", "query": "rate(nope[{{ interval }}])"}, None, "no values found", "≤ 0"),
        ({"name": "own", "query": "{{ nope }}"}, None,
         'template parsing failed: template: tmpl:1: function "nope" not defined', "≤ 0"),
    ],
)  # fmt: skip
def test_metrics(
    prometheus: Prometheus, metric: dict[str, Any], value: float | None, reason: str, limits: str
) -> None:
    (found,) = _measured(prometheus, metric)
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.reason, found.limits) == (reason, limits)
    assert bool(found.failure) == (value is None)


def test_a_template(prometheus: Prometheus) -> None:
    metric = {"name": "own", "templateRef": {"name": "t"}, "interval": "1m"}
    template = _template("t", 'count(istio_requests_total{destination_workload="{{ target }}"})')
    (found,) = _measured(prometheus, metric, template)
    assert found.value == 4.0
    assert found.explanation is not None


def test_a_template_that_is_not_there(prometheus: Prometheus) -> None:
    (found,) = _measured(prometheus, {"name": "own", "templateRef": {"name": "t"}})
    assert found.failure == 'metrictemplate.flagger.app "t" not found'
    assert found.explanation is None


def test_what_another_server_answers_is_not_measured(prometheus: Prometheus) -> None:
    metric = {"name": "own", "templateRef": {"name": "t"}}
    template = _template("t", "x", address="http://127.0.0.1:1")
    (found,) = _measured(prometheus, metric, template)
    assert (found.value, found.failure, found.explanation) == (None, "", None)


def test_a_script_is_looked_at_without_a_check(prometheus: Prometheus) -> None:
    metric = {"name": "own", "templateRef": {"name": "t"}}
    (found,) = _measured(prometheus, metric, _template("t", "x"), own="0.5")
    assert found.value == 0.5
    assert found.reason == "own 0.50 > 0"
    assert found.explanation is None
