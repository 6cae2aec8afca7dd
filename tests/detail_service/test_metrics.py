from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Scope

from detail_service.exposition import expose
from detail_service.faults.kinds.responses import Status
from detail_service.faults.registry import FaultRegistry
from detail_service.metrics import MAX_SERIES, NAMES, Metrics
from tests.detail_service.support import Clock, tracing

REQUEST: Scope = {"path": "/x", "method": "GET", "headers": []}


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = expose(metrics, "text/plain")[0].decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(metrics: Metrics, name: str) -> float:
    return sum(value for (found, _), value in samples(metrics).items() if found == name)


def test_the_histogram_is_the_one_that_flagger_reads() -> None:
    metrics = Metrics()
    observe = metrics.observer("GET", "/catalogDetail", 200)
    for seconds in (0.005, 0.03, 11):
        observe(seconds)
    found = samples(metrics)
    labels = (("method", "GET"), ("path", "/catalogDetail"), ("status", "200"))
    buckets = {
        dict(key)["le"]: value for (name, key), value in found.items() if name.endswith("_bucket")
    }

    assert found["http_request_duration_seconds_count", labels] == 3
    assert found["http_request_duration_seconds_sum", labels] == pytest.approx(11.035)
    assert found["http_requests_total", (("status", "200"),)] == 3
    bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0"]
    assert list(buckets) == [*bounds, "+Inf"]
    assert list(buckets.values()) == [1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3]


def test_probes_are_counted_apart_from_requests() -> None:
    metrics = Metrics()
    metrics.probe_observer("/readyz", 503)(0.1)
    found = samples(metrics)

    assert found["http_probe_requests_total", (("path", "/readyz"), ("status", "503"))] == 1
    assert total(metrics, "http_request_duration_seconds_count") == 0
    assert total(metrics, "http_requests_total") == 0


def test_unheard_of_methods_share_one_series() -> None:
    metrics = Metrics()
    for method in ("BREW", "PROPFIND", "X" * 1000):
        metrics.observer(method, "/", 405)(0.0)

    methods = {dict(key).get("method") for name, key in samples(metrics) if "duration" in name}
    assert methods == {"OTHER"}


def test_callers_cannot_make_the_number_of_series_grow() -> None:
    metrics = Metrics()
    paths = ("/catalogDetail", "unknown", "/", "/faults")
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
    requests = list(product(paths, methods, range(200, 600)))
    for path, method, status in requests:
        metrics.observer(method, path, status)(0.01)
        metrics.probe_observer(path, status)(0.01)

    found = samples(metrics)
    series = [key for name, key in found if name == "http_request_duration_seconds_count"]
    assert MAX_SERIES < len(series) <= MAX_SERIES + 4
    assert len(expose(metrics, "")[0].splitlines()) < 5_000
    assert total(metrics, "http_request_duration_seconds_count") == len(requests)
    assert total(metrics, "http_requests_total") == len(requests)
    assert total(metrics, "http_probe_requests_total") == len(requests)
    failed = sum(
        value
        for (name, key), value in found.items()
        if name == "http_request_duration_seconds_count" and dict(key)["status"].startswith("5")
    )
    assert failed == sum(status >= 500 for _, _, status in requests)


def test_an_expired_fault_is_not_active_but_its_counts_stay() -> None:
    clock = Clock()
    faults, metrics = FaultRegistry(clock), Metrics()
    metrics.faults = faults
    faults.start(Status(kind="status", ttl=10))
    for injection in faults.select(REQUEST):
        injection.delivered()
    faults.select(REQUEST)
    kind = (("kind", "status"),)

    assert samples(metrics)["detail_faults_active", kind] == 1
    clock.now += 11

    found = samples(metrics)
    assert found["detail_faults_active", kind] == 0
    assert found["detail_faults_matched_total", kind] == 2
    assert found["detail_faults_selected_total", kind] == 2
    assert found["detail_faults_delivered_total", kind] == 1


def test_every_metric_that_is_named_exists() -> None:
    metrics = Metrics()
    faults = FaultRegistry(Clock())
    faults.start(Status(kind="status"))
    metrics.observer("GET", "/", 200)(0.1)
    metrics.probe_observer("/ping", 200)(0.1)
    metrics.release = ("2.0", ("a", "b"))
    metrics.faults = faults
    with tracing() as tracer:
        tracer.recorder.emitter.dropped["refused"] = 3
        metrics.tracing = tracer
        found = samples(metrics)

    exported = {name for name, _ in found}
    missing = {name for name in NAMES if name not in exported}
    assert missing == {"http_request_duration_seconds", "otlp_spans_total"}
    assert found["xray_segments_dropped_total", (("reason", "refused"),)] == 3


@given(st.text(max_size=60) | st.from_regex(r"application/openmetrics-text(;[a-z=0-9.]*){0,3}"))
def test_whatever_a_scraper_accepts_it_gets_metrics(accept: str) -> None:
    body, content_type = expose(Metrics(), accept)

    assert b"process_cpu_seconds_total" in body
    assert content_type.startswith(("text/plain", "application/openmetrics-text"))


def test_openmetrics_is_spoken_when_asked_for() -> None:
    body, content_type = expose(Metrics(), "application/openmetrics-text; version=1.0.0")

    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")
