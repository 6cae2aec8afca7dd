"""Queries that are asked of a Prometheus: here a server that answers what the test says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from rehearsal.errors import UserError
from rehearsal.lint.dry_run import Answer, dry_run
from tests.rehearsal.lint.examples import manifests

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
