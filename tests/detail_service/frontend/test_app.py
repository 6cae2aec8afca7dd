"""The frontend before a real detail service."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from detail_service.edge import Edge
from detail_service.frontend import app
from detail_service.frontend.settings import FrontendSettings
from detail_service.replica import Readiness
from detail_service.settings import Settings
from tests.detail_service.support import (
    Daemon,
    Running,
    daemon,
    process,
    running,
    serve,
    tracing,
)
from tests.detail_service.tracing import segments

ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@dataclass
class Pair:
    url: str
    edge: Edge
    readiness: Readiness
    detail: Running
    daemon: Daemon


@contextlib.contextmanager
def frontend(base_url: str, timeout: float = 5.0) -> Iterator[tuple[str, Edge, Readiness]]:
    settings = FrontendSettings(base_url=base_url, timeout=timeout)
    readiness = Readiness()
    with tracing("Frontend-Node", propagate=True) as tracer:
        edge = app.create_edge(settings, readiness, tracer=tracer)
        with serve(edge, readiness, Settings(), lifespan=True) as (port, _):
            yield f"http://127.0.0.1:{port}", edge, readiness


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    with daemon() as server:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", server.address)
        with (
            running() as detail,
            frontend(f"{detail.url}/catalogDetail", timeout=0.5) as (url, edge, readiness),
        ):
            yield Pair(url, edge, readiness, detail, server)


def test_the_page_shows_version_and_vendors(pair: Pair) -> None:
    page = httpx2.get(pair.url)
    twin = httpx2.get(pair.url, headers={"accept": "application/json"})

    assert page.status_code == 200
    assert "Product Catalog Detail" in page.text
    assert '<mark id="version">2</mark>' in page.text
    assert "<td>ABC.com</td></tr><tr><td>XYZ.com</td>" in page.text
    assert twin.json() == {"version": "2", "vendors": ["ABC.com", "XYZ.com"]}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status"}, "detail responded with 500"),
        ({"kind": "hang"}, "did not respond within 0.5 s"),
        ({"kind": "slow", "bytes_per_s": 10}, "did not respond within 0.5 s"),
        ({"kind": "status", "status": 200, "body": "[" * 4096}, "is not a catalog"),
        ({"kind": "status", "status": 204}, "detail responded with 204"),
        ({"kind": "reset"}, "cannot be reached"),
        ({"kind": "truncate"}, "cannot be reached"),
        ({"kind": "corrupt"}, "is not a catalog"),
    ],
)
def test_a_detail_that_fails_is_a_page_that_says_so(
    pair: Pair, fault: dict[str, object], words: str
) -> None:
    pair.detail.start_fault(**fault)
    page = httpx2.get(pair.url)
    twin = httpx2.get(pair.url, headers={"accept": "application/json"})

    assert (page.status_code, twin.status_code) == (502, 502)
    assert words in page.text
    assert words in twin.json()["error"]


def test_a_detail_that_is_not_there_is_the_same() -> None:
    with frontend("http://127.0.0.1:9/catalogDetail") as (url, _, _):
        page = httpx2.get(url)

    assert page.status_code == 502
    assert "detail cannot be reached" in page.text


def test_one_request_is_one_trace_with_both_services_joined(pair: Pair) -> None:
    response = httpx2.get(pair.url, headers={"X-Amzn-Trace-Id": f"Root={ROOT};Sampled=1"})

    by_name = {document["name"]: document for document in pair.daemon.receive(2)}
    front, detail = by_name["Frontend-Node"], by_name["Product-Detail-V2"]
    for document in (front, detail):
        segments.check(document)
        assert document["trace_id"] == ROOT
    (call,) = front["subsegments"]
    assert call["namespace"] == "remote"
    assert detail["parent_id"] == call["id"]
    assert response.headers["x-amzn-trace-id"] == f"Root={ROOT}"


def test_a_caller_that_is_not_sampled_is_sampled_nowhere(pair: Pair) -> None:
    for _ in range(5):
        httpx2.get(pair.url, headers={"X-Amzn-Trace-Id": f"Root={ROOT};Sampled=0"})

    assert pair.detail.tracer.recorder.emitter.sent == 0
    assert pair.edge.tracer.recorder.emitter.sent == 0


def test_a_failure_is_the_cause_of_the_frontends_fault(pair: Pair) -> None:
    pair.detail.start_fault(kind="status")
    httpx2.get(pair.url, headers={"X-Amzn-Trace-Id": f"Root={ROOT};Sampled=1"})

    by_name = {document["name"]: document for document in pair.daemon.receive(2)}
    front = by_name["Frontend-Node"]
    segments.check(front)
    assert front["cause"]["exceptions"][0]["message"] == "detail responded with 500"
    assert front["subsegments"][0]["fault"] is True
    assert by_name["Product-Detail-V2"]["fault"] is True


def test_probes_are_counted_apart(pair: Pair) -> None:
    for path in ("/ping", "/healthz", "/readyz", "/stats/prometheus"):
        httpx2.get(pair.url + path)
    stats = httpx2.get(f"{pair.url}/stats/prometheus").text

    assert "http_request_duration_seconds_count" not in stats
    assert 'http_probe_requests_total{path="/stats/prometheus",status="200"} 1.0' in stats


def test_probes_and_metrics(pair: Pair) -> None:
    assert httpx2.get(f"{pair.url}/ping").content == b'"Healthy"'
    assert httpx2.get(f"{pair.url}/readyz").status_code == 200
    httpx2.get(pair.url)
    stats = httpx2.get(f"{pair.url}/stats/prometheus").text
    pair.readiness.draining = True

    assert 'http_request_duration_seconds_count{method="GET",path="/",status="200"} 1.0' in stats
    assert httpx2.get(f"{pair.url}/readyz").status_code == 503


def test_the_command_starts_and_names_wrong_settings() -> None:
    with (
        process("--drain-seconds", "0") as (_, detail),
        process(
            "--drain-seconds",
            "0",
            "--base-url",
            f"http://127.0.0.1:{detail}/catalogDetail",
            module="detail_service.frontend",
        ) as (child, port),
    ):
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200
        child.terminate()

        assert child.wait(10) == 0
