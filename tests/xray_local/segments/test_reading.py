import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray_local.documents import HEADER, TRACE, datagram, document, spans_of
from xray_local.errors import MalformedError
from xray_local.segments.reading import read_datagram, read_document
from xray_local.spans import Http, Kind, SpanException, StackFrame

CALL = {"id": "b", "name": "detail.flagger", "start_time": 1.0, "end_time": 1.005}


def test_a_segment_with_what_is_inside_it() -> None:
    front, call = spans_of(
        document("Frontend", "a", fault=True, subsegments=[CALL | {"namespace": "remote"}])
    )
    assert (front.name, front.service, front.kind) == ("Frontend", "Frontend", Kind.SERVER)
    assert (front.fault, front.error, front.is_entry) == (True, False, True)
    assert front.duration_s == pytest.approx(0.01)
    assert (call.span_id, call.parent_id, call.service) == ("b", "a", "Frontend")
    assert (call.kind, call.peer, call.is_entry) == (Kind.CLIENT, "detail.flagger", False)
    assert {front.trace_id, call.trace_id} == {TRACE.replace("-", "")[1:]}


def test_everything_that_a_segment_says_of_its_request() -> None:
    (span,) = spans_of(
        document(
            "Detail",
            "a",
            http={
                "request": {
                    "method": "GET",
                    "url": "http://d/x",
                    "user_agent": "hey",
                    "client_ip": "::1",
                },
                "response": {"status": 503, "content_length": 7},
            },
            cause={
                "exceptions": [
                    {
                        "id": "e",
                        "type": "Boom",
                        "message": "no",
                        "remote": True,
                        "stack": [{"path": "a.py", "line": 3, "label": "f"}],
                    }
                ]
            },
            annotations={"version": 2, "canary": True, "nested": {}, "big": 10**400},
            metadata={"default": {"any": [1]}},
            user="u",
            origin="AWS::ECS::Container",
        )
    )
    assert span.http == Http("GET", "http://d/x", 503, "hey", "::1", 7)
    frame = StackFrame("a.py", 3, "f")
    assert span.exceptions == (SpanException("Boom", "no", (frame,), True, "e"),)
    assert span.annotations == {"version": 2, "canary": True}
    assert span.metadata == {"default": {"any": [1]}}
    assert (span.user, span.origin) == ("u", "AWS::ECS::Container")
    assert '"Boom"' in span.document


def test_a_subsegment_sent_apart_has_no_service_of_its_own() -> None:
    apart = document("detail", "b", "a", type="subsegment", namespace="remote", subsegments=[])
    (span,) = spans_of(apart)
    assert (span.service, span.is_entry, span.peer) == ("", False, "detail")


def test_what_is_in_progress_has_no_end() -> None:
    fields = {"name": "a", "id": "a", "trace_id": TRACE, "start_time": 1.0, "in_progress": True}
    (span,) = spans_of(fields)
    assert (span.end_s, span.is_complete, span.duration_s) == (None, False, 0.0)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "header"),
        (b"{}", "header"),
        (HEADER, "header"),
        (b'{"format": "xml", "version": 1}\n{}', "header"),
        (b'{"format": "json", "version": 2}\n{}', "header"),
        (b'{"format": "json", "version": true}\n{}', "header"),
        (b"T1S\nAAAA", "header"),
        (HEADER + b"[]", "type"),
        (HEADER + b'{"name": "a"}', "type"),
        (HEADER + b"\xff\xfe", "json"),
        (datagram(document("a", "a", start_time="soon")), "time"),
        (datagram(document("a", "a", end_time=float("inf"))), "time"),
        (datagram(document("a", "a", end_time=float("nan"))), "time"),
        (datagram(document("a", "a", end_time=10**400)), "time"),
        (datagram(document("a", "a", end_time=True)), "time"),
        (datagram(document("a", "a", start_time=-1)), "time"),
        (datagram(document("a", "a", trace_id=["1-t"])), "type"),
        (datagram(document("a", "a", trace_id="1-t")), "id"),
        (datagram(document("a", "a", trace_id="x" * 101)), "id"),
        (datagram(document("a", "x" * 101)), "id"),
        (datagram(document("a", "a\n")), "id"),
        (datagram(document("a", "")), "type"),
        (datagram(document("a", "a", parent_id=7)), "type"),
        (datagram(document("a", "a", subsegments=[document("b", "a")])), "id"),
        (datagram(document("a", "a", subsegments=[document("b", "b"), document("c", "b")])), "id"),
        (datagram(document("a", "a", subsegments=7)), "type"),
        (datagram(document("a", "a", subsegments=[[]])), "type"),
        (HEADER + b"[" * 60_000, "json"),
        (HEADER + b'{"a":' * 10_000, "json"),
        (b"[" * 60_000 + b"\n{}", "header"),
        (HEADER + b"1" * 60_000, "json"),
    ],
)
def test_what_is_no_segment_is_said(data: bytes, kind: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_datagram(data)
    assert caught.value.kind == kind
    assert len(str(caught.value)) <= 200


def _nested(levels: int) -> dict[str, Any]:
    fields = document("deepest", "0")
    for number in range(1, levels):
        fields = document("s", str(number), subsegments=[fields])
    return fields


def test_subsegments_are_read_to_a_depth() -> None:
    assert len(spans_of(_nested(64))) == 64
    with pytest.raises(MalformedError, match="deep"):
        spans_of(_nested(100))


def test_names_cannot_colour_or_break_the_terminal_and_are_not_endless() -> None:
    (span,) = spans_of(document("\x1b[31m\ud800" + "x" * 500, "a"))
    assert span.name.startswith("\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}")
    assert len(span.name) == 200


@given(st.binary(max_size=2_000))
def test_whatever_arrives_is_spans_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        read_datagram(HEADER + data)


_NAMES = [
    *("name", "id", "trace_id", "parent_id", "start_time", "end_time", "subsegments", "type"),
    *("http", "request", "response", "status", "cause", "exceptions", "stack", "line"),
    *("annotations", "metadata", "user", "origin", "in_progress", "namespace"),
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner),
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_any_type_in_any_field_is_read_or_malformed(fields: dict[str, object]) -> None:
    with contextlib.suppress(MalformedError):
        for span in spans_of({**document("a", "a"), **fields}):
            assert span.duration_s >= 0


def test_a_document_without_a_header_is_that_of_the_api() -> None:
    (span,) = read_document(datagram(document("a", "a")).partition(b"\n")[2])
    assert span.name == "a"
