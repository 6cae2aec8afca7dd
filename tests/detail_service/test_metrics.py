from prometheus_client.parser import text_string_to_metric_families

from detail_service.faults.board import Board
from detail_service.faults.kinds.status import Status
from detail_service.metrics import NAMES, Metrics
from tests.detail_service.support import Clock, tracing


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.exposition("text/plain")[0].decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_histogram_is_the_one_that_flagger_reads() -> None:
    metrics = Metrics()
    metrics.series("GET", "/catalogDetail", 200)(0.03)
    found = samples(metrics)
    labels = (("method", "GET"), ("path", "/catalogDetail"), ("status", "200"))

    assert found["http_request_duration_seconds_count", labels] == 1
    assert found["http_request_duration_seconds_sum", labels] == 0.03
    assert found["http_requests_total", (("status", "200"),)] == 1
    bounds = sorted(
        float(dict(key)["le"]) for name, key in found if name.endswith("seconds_bucket")
    )
    go = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, float("inf")]
    assert bounds == go


def test_unheard_of_methods_share_one_series() -> None:
    metrics = Metrics()
    for method in ("BREW", "PROPFIND", "X" * 1000):
        metrics.series(method, "/", 405)(0.0)

    methods = {dict(key).get("method") for name, key in samples(metrics) if "duration" in name}
    assert methods == {"OTHER"}


def test_an_expired_fault_is_not_active_but_its_hits_stay_counted() -> None:
    clock = Clock()
    board, metrics = Board(clock), Metrics()
    metrics.watch_faults(board)
    board.add(Status(kind="status", ttl=10))
    board.count(board.strikes({"path": "/x", "method": "GET", "headers": []}))
    kind = (("kind", "status"),)

    assert samples(metrics)["detail_faults_active", kind] == 1
    clock.now += 11

    assert samples(metrics)["detail_faults_active", kind] == 0
    assert samples(metrics)["detail_faults_injected_total", kind] == 1


def test_every_metric_that_is_named_exists() -> None:
    metrics = Metrics()
    board = Board(Clock())
    board.add(Status(kind="status"))
    board.count(board.strikes({"path": "/x", "method": "GET", "headers": []}))
    metrics.series("GET", "/", 200)(0.1)
    metrics.info("2.0", ("a", "b"))
    metrics.watch_faults(board)
    with tracing() as tracer:
        tracer.recorder.emitter.dropped["refused"] = 3
        metrics.watch_tracing(tracer.recorder.emitter)
        found = {name for name, _ in samples(metrics)}

    assert {name for name in NAMES if name not in found} == {"http_request_duration_seconds"}
    assert samples(metrics)["xray_segments_dropped_total", (("reason", "refused"),)] == 3


def test_openmetrics_is_spoken_when_asked_for() -> None:
    body, content_type = Metrics().exposition("application/openmetrics-text; version=1.0.0")

    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")
