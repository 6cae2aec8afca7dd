"""Bodies within bounds, in both encodings."""

import gzip
import json

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xray_local.otlp.messages import otlp_span, request_of
from xray_local.errors import MalformedError
from xray_local.otlp.bodies import (
    MOST_BODY_BYTES,
    TooLargeError,
    inflate,
    read_json,
    read_protobuf,
)
from xray_local.otlp.reading import Rejected, read_request

SPAN_JSON = {
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
    "parentSpanId": "eee19b7ec3c1b173",
    "name": "I'm a server span",
    "startTimeUnixNano": "1544712660000000000",
    "endTimeUnixNano": 1544712661000000000,
    "kind": 2,
    "attributes": [{"key": "traceId", "value": {"stringValue": "not an id"}}],
    "somethingNew": {"a": 1},
}


def body_of(*spans: object) -> bytes:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]}
    group = {"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}
    return json.dumps({"resourceSpans": [group]}).encode()


def test_json_has_ids_in_hexadecimal() -> None:
    (span,) = read_request(read_json(body_of(SPAN_JSON)), Rejected())
    assert (span.trace_id, span.span_id) == (SPAN_JSON["traceId"], SPAN_JSON["spanId"])
    assert span.parent_id == SPAN_JSON["parentSpanId"]
    assert span.service == "my.service"
    assert span.duration_s == 1
    assert span.annotations == {"traceId": "not an id"}


def test_an_id_that_is_not_hexadecimal_costs_one_span() -> None:
    rejected = Rejected()
    request = read_json(body_of({**SPAN_JSON, "traceId": "xyz"}, SPAN_JSON))
    assert len(list(read_request(request, rejected))) == 1
    assert rejected.kinds == {"id": 1}


def test_both_encodings_say_the_same() -> None:
    request = request_of(otlp_span(attributes={"http.route": "/", "n": 3, "f": 1.5, "b": True}))
    span = request.resource_spans[0].scope_spans[0].spans[0]
    text = json_format.MessageToDict(request)
    found = text["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    found |= {"traceId": span.trace_id.hex(), "spanId": span.span_id.hex()}
    assert read_json(json.dumps(text).encode()) == read_protobuf(request.SerializeToString())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b'{"resourceSpans": 1}', b'{"resourceSpans": [{"scopeSpans": 1}]}',
     body_of({**SPAN_JSON, "kind": {}}), body_of({**SPAN_JSON, "startTimeUnixNano": "soon"}),
     body_of(7), b"[" * 100_000, b"\xff\xfe", body_of({**SPAN_JSON, "startTimeUnixNano": 1e400}),
     body_of({**SPAN_JSON, "startTimeUnixNano": float("nan")})],
)  # fmt: skip
def test_json_that_is_no_request_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_json(body)


def test_gzip_is_inflated_member_by_member() -> None:
    assert inflate(gzip.compress(b"ab") + gzip.compress(b"cd")) == b"abcd"


def test_a_gzip_bomb_is_refused_before_it_is_inflated() -> None:
    with pytest.raises(TooLargeError):
        inflate(gzip.compress(bytes(MOST_BODY_BYTES + 1)))
    half = gzip.compress(bytes(MOST_BODY_BYTES // 2 + 1))
    with pytest.raises(TooLargeError):
        inflate(half + half)


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"abc", mtime=0)[:-1], b"\x1f\x8b"])
def test_what_is_no_gzip_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError, match="gzip"):
        inflate(body)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    for reader in (read_protobuf, read_json):
        try:
            request = reader(body)
        except MalformedError:
            continue
        list(read_request(request, Rejected()))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["traceId", "spans", "attributes", "value", "name", "kind",
                                         "stringValue", "status", "events", "startTimeUnixNano"]),
                        inner, max_size=4), max_leaves=20))  # fmt: skip
@settings(deadline=None)
def test_any_json_in_a_span_s_place_is_read_or_malformed(value: object) -> None:
    for body in (body_of(value), body_of({**SPAN_JSON, "attributes": value}), json.dumps(value)):
        try:
            request = read_json(body if isinstance(body, bytes) else body.encode())
        except MalformedError:
            continue
        list(read_request(request, Rejected()))


@given(st.data())
@settings(deadline=None, max_examples=50)
def test_a_request_with_bytes_changed_is_read_or_malformed(data: st.DataObject) -> None:
    body = bytearray(request_of(otlp_span(attributes={"a": 1, "b": "c"})).SerializeToString())
    for _ in range(3):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        request = read_protobuf(bytes(body))
    except MalformedError:
        return
    for span in read_request(request, Rejected()):
        assert len(span.trace_id) == 32
