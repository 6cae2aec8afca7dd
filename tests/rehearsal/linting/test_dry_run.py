"""Queries that are asked of a Prometheus: here a server that answers what the test says."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from rehearsal.errors import UserError
from rehearsal.linting.dry_run import Answer, dry_run
from tests.rehearsal.linting.examples import manifests

CUSTOM = """\
analysis:
  metrics:
    - {name: request-success-rate, thresholdRange: {min: 99}}
    - {name: request-duration, thresholdRange: {max: 500}, interval: 30s}
    - {name: custom, interval: 2m, templateRef: {name: custom}, thresholdRange: {max: 1}}
    - {name: absent, templateRef: {name: absent}, thresholdRange: {max: 1}}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: custom, namespace: flagger}
spec:
  provider: {type: prometheus, address: "http://p:9090"}
  query: |
    sum(
      rate(x{app="{{ target }}"}[{{ interval }}])
    )
"""

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")


class Server(ThreadingHTTPServer):
    """A Prometheus of canned answers."""

    answer: Any = None
    status = 200
    asked: ClassVar[list[str]] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(parse_qs(urlsplit(self.path).query)["query"][0])
        body = self.server.answer
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        del args


@pytest.fixture
def server() -> Iterator[Server]:
    Server.asked = []
    with Server(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def vector(*values: str) -> dict[str, Any]:
    result = [{"metric": {}, "value": [1, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def answers(server: Server, example: str = "{}") -> list[Answer]:
    address = f"http://127.0.0.1:{server.server_port}/"
    return list(dry_run(manifests(example), address, "istio"))


def test_every_query_is_asked_as_flagger_asks_it(server: Server) -> None:
    server.answer = vector("99.5")
    found = answers(server, CUSTOM)
    assert [(one.metric, one.value, one.reason) for one in found] == [
        ("request-success-rate", 99.5, ""),
        ("request-duration", 99.0, ""),
        ("custom", 99.5, "custom 99.50 > 1"),
        ("absent", None, "its MetricTemplate was not given"),
    ]
    assert 'destination_workload=~"detail"' in server.asked[0]
    assert "[30s]" in server.asked[1]
    assert server.asked[2] == 'sum( rate(x{app="detail"}[2m]) )'
    assert str(found[2]).splitlines() == [
        "detail.flagger: custom: 99.5 (1 series): fails: custom 99.50 > 1",
        '  sum( rate(x{app="detail"}[2m]) )',
    ]


@pytest.mark.parametrize(
    ("answer", "status", "value", "reason"),
    [
        (vector("98"), 200, 98.0, "success rate 98.00% < 99%"),
        (vector("1", "100"), 200, 100.0, ""),
        (vector(), 200, None, "no values found"),
        (vector("NaN"), 200, None, "no values found"),
        (vector("+Inf"), 200, float("inf"), ""),
        ({"status": "error", "error": "parse error"}, 400, None, "error response: 400: parse"),
        (b"<html>", 200, None, "answers 200 with something that no Prometheus says"),
        ([1], 200, None, "answers 200 with something"),
        (
            {"status": "success", "data": {"resultType": "matrix", "result": []}},
            200,
            None,
            "matrix",
        ),
        (b"[" * 100_000, 200, None, "answers 200 with something"),
    ],
)
def test_answers(
    server: Server, answer: Any, status: int, value: float | None, reason: str
) -> None:
    server.answer, server.status = answer, status
    (found,) = answers(server)
    assert found.value == value
    assert reason in found.reason
    assert found.passes is (reason == "")


def test_nobody_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^--prometheus http://127\.0\.0\.1:1: [^\n]+$"):
        list(dry_run(manifests("{}"), "http://127.0.0.1:1", "istio"))


@pytest.mark.parametrize("address", ["nowhere", "http://", "http://[::1/", "ftp://x"])
def test_an_address_that_is_none_is_one_line(address: str) -> None:
    with pytest.raises(UserError, match=r"^--prometheus "):
        list(dry_run(manifests("{}"), address, "istio"))


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[str]:
    """A real Prometheus that has counted 95 % of an app's requests as good for 15 minutes."""
    if PROMETHEUS is None or PROMTOOL is None:
        pytest.skip("needs prometheus and promtool")
    data, config, samples = (tmp_path / name for name in ("data", "prometheus.yml", "samples"))
    config.write_text("{}")
    samples.write_text(_counted())
    backfill = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    subprocess.run(backfill, check=True, capture_output=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    flags = [f"--config.file={config}", f"--storage.tsdb.path={data}"]
    process = subprocess.Popen(
        [PROMETHEUS, *flags, f"--web.listen-address={address}", "--log.level=error"]
    )
    try:
        _wait_for(f"http://{address}")
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


def _counted() -> str:
    """Counters in the OpenMetrics format, every 10 s until a minute from now."""
    now = int(time.time())
    labels = 'reporter="destination",destination_workload="detail",app="detail"'
    labels += ',destination_workload_namespace="flagger"'
    lines = ["# TYPE istio_requests counter"]
    for code, rate in (("200", 95), ("503", 5)):
        lines += [
            f'istio_requests_total{{{labels},response_code="{code}"}} {rate * (second + 900)}'
            f" {now + second}"
            for second in range(-900, 60, 10)
        ]
    return "\n".join([*lines, "# EOF", ""])


def _wait_for(address: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            with urlopen(f"{address}/-/ready", timeout=1):
                return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


REAL = """\
analysis:
  metrics:
    - {name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}
    - {name: rate, interval: 1m, templateRef: {name: rate}, thresholdRange: {max: 200}}
    - {name: none, interval: 1m, templateRef: {name: none}, thresholdRange: {max: 1}}
    - {name: typo, interval: 1m, templateRef: {name: typo}, thresholdRange: {max: 1}}
"""
QUERIES = {
    "rate": 'sum(rate(istio_requests_total{app="{{ target }}"}[{{ interval }}]))',
    "none": 'sum(rate(istio_requests_total{app="nobody"}[{{ interval }}]))',
    "typo": "sum(rate(istio_requests_total[{{ interval }}])",
}


def test_a_real_prometheus_answers(prometheus: str) -> None:
    templates = [
        f"""---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {{name: {name}, namespace: flagger}}
spec: {{provider: {{type: prometheus, address: "http://p:9090"}}, query: '{query}'}}
"""
        for name, query in QUERIES.items()
    ]
    success, rate, none, typo = dry_run(manifests("".join([REAL, *templates])), prometheus, "istio")
    assert success.value == pytest.approx(95)
    assert success.reason == "success rate 95.00% < 99%"
    assert rate.value == pytest.approx(100)
    assert rate.passes
    assert (none.value, none.reason) == (None, "no values found")
    assert typo.value is None
    assert "parse error" in typo.reason
