"""OTLP's spans become spans."""

import json
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from tests.xray_local.otlp.messages import START_NS, otlp_span, request_of
from xray_local.otlp.reading import Rejected, read_request
from xray_local.spans import Health, Kind, Source, Span


def read(span: OtlpSpan, **resource: Any) -> Span:
    rejected = Rejected()
    (found,) = read_request(request_of(span, **resource), rejected)
    assert not rejected.kinds
    return found


def test_a_span_has_its_ids_times_and_service() -> None:
    span = read(otlp_span(7, parent=6), service="checkout")
    assert (span.trace_id, span.span_id, span.parent_id) == (f"{1:032x}", f"{7:016x}", f"{6:016x}")
    assert span.service == "checkout"
    assert span.duration_s == pytest.approx(0.01)
    assert (span.kind, span.is_entry, span.source) == (Kind.SERVER, True, Source.OTLP)
    assert json.loads(span.document)["startTimeUnixNano"] == str(START_NS)


@pytest.mark.parametrize(
    "attributes",
    [
        {"http.request.method": "GET", "url.full": "http://shop/a?b=1",
         "http.response.status_code": 200, "user_agent.original": "hey", "client.address": "::1",
         "http.response.body.size": 5},
        {"http.request.method": "GET", "url.scheme": "http", "server.address": "shop",
         "url.path": "/a", "url.query": "b=1", "http.response.status_code": 200,
         "user_agent.original": "hey", "client.address": "::1", "http.response.body.size": 5},
        {"http.method": "GET", "http.scheme": "http", "http.host": "shop", "http.target": "/a?b=1",
         "http.status_code": 200, "http.user_agent": "hey", "http.client_ip": "::1",
         "http.response_content_length": 5},
        {"http.method": "GET", "http.url": "http://shop/a?b=1", "http.status_code": "200",
         "user_agent": "hey", "peer.address": "::1", "response_size": "5"},
    ],
    ids=["url.full", "parts", "before 1.23", "Envoy"],
)  # fmt: skip
def test_http_is_read_in_every_form_of_its_names(attributes: dict[str, Any]) -> None:
    http = read(otlp_span(attributes=attributes)).http
    assert (http.method, http.url, http.status) == ("GET", "http://shop/a?b=1", 200)
    assert (http.user_agent, http.client_ip, http.content_length_bytes) == ("hey", "::1", 5)


@pytest.mark.parametrize(
    ("status", "failed", "health"),
    [
        (200, False, Health.OK),
        (404, False, Health.ERROR),
        (404, True, Health.ERROR),
        (429, False, Health.THROTTLE),
        (503, False, Health.FAULT),
        (200, True, Health.FAULT),
        (None, True, Health.FAULT),
        (None, False, Health.OK),
        ("abc", False, Health.OK),
        ("9" * 15, False, Health.OK),
    ],
)
def test_how_it_ended_follows_status_and_http(status: Any, failed: bool, health: Health) -> None:
    attributes = {} if status is None else {"http.response.status_code": status}
    assert read(otlp_span(attributes=attributes, failed=failed)).health is health


@pytest.mark.parametrize(
    ("attributes", "peer"),
    [
        ({"peer.service": "detail", "server.address": "10.0.0.1"}, "detail"),
        ({"url.full": "http://detail.flagger:3000/catalogDetail"}, "detail.flagger"),
        ({"url.full": "http://[broken"}, "span 1"),
        ({"db.system.name": "postgresql", "db.namespace": "shop"}, "shop"),
        ({}, "span 1"),
    ],
)
def test_a_call_names_its_callee(attributes: dict[str, Any], peer: str) -> None:
    assert read(otlp_span(attributes=attributes, kind="client")).peer == peer
    assert read(otlp_span(attributes=attributes)).peer == ""


def test_exceptions_have_their_frames() -> None:
    trace = 'Traceback (most recent call last):\n  File "/a.py", line 3, in f\n    g()\n' \
        '  File "/b.py", line 9, in g\nValueError: no'  # fmt: skip
    fields = {"exception.type": "ValueError", "exception.message": "no",
              "exception.stacktrace": trace}  # fmt: skip
    (one,) = read(otlp_span(events=(("exception", fields), ("other", {})))).exceptions
    assert (one.type, one.message) == ("ValueError", "no")
    assert [(f.path, f.line, f.label) for f in one.stack] == [("/b.py", 9, "g"), ("/a.py", 3, "f")]


def test_attributes_are_annotations_and_the_resource_is_kept() -> None:
    span = read(
        otlp_span(attributes={"shop.size": 3, "list": ["a"], "user.id": "kim"}),
        **{"cloud.platform": "aws_ec2", "service.version": "2.0"},
    )
    assert span.annotations == {"shop.size": 3, "user.id": "kim"}
    assert span.user == "kim"
    assert span.origin == "AWS::EC2::Instance"
    assert span.metadata["resource"] == {
        "service.name": "shop", "cloud.platform": "aws_ec2", "service.version": "2.0"
    }  # fmt: skip


def test_a_span_that_cannot_be_read_is_rejected_alone() -> None:
    bad = [otlp_span(n) for n in range(1, 7)]
    bad[0].trace_id = bytes(16)
    bad[1].trace_id = b"short"
    bad[2].span_id = b""
    bad[3].parent_span_id = b"123"
    bad[4].start_time_unix_nano = 0
    bad[5].end_time_unix_nano = 2**64 - 1
    bad[5].start_time_unix_nano = 10**19
    rejected = Rejected()
    request = request_of(otlp_span(9), *bad[:5])
    assert [span.span_id for span in read_request(request, rejected)] == [f"{9:016x}"]
    assert rejected.kinds == {"id": 4, "time": 1}
    assert rejected.text == "a trace id is not 16 bytes, or all zero"


def test_a_span_without_an_end_is_in_progress() -> None:
    span = otlp_span()
    span.end_time_unix_nano = 0
    assert not read(span).is_complete


def test_deep_and_large_values_are_cut() -> None:
    span = otlp_span()
    value = span.attributes.add(key="deep").value
    for _ in range(30):
        value = value.array_value.values.add()
    value.string_value = "bottom"
    for number in range(500):
        span.attributes.add(key=f"k{number}").value.string_value = "x" * 5000
    span.attributes.add(key="infinite").value.double_value = float("inf")
    found = read(span)
    assert len(found.annotations) < 250
    assert max(map(len, map(str, found.annotations.values()))) == 2000
    assert "bottom" not in found.document
