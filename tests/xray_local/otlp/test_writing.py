"""Spans to OTLP and back are the same span."""

from tests.xray_local.documents import document, spans_of
from tests.xray_local.otlp.messages import otlp_span, request_of
from tests.xray_local.test_span_rows import SEGMENT
from xray_local.otlp.reading import Rejected, read_request
from xray_local.otlp.writing import write_request
from xray_local.spans import Span


def through(*spans: Span) -> list[Span]:
    rejected = Rejected()
    found = list(read_request(write_request((s, s.service) for s in spans), rejected))
    assert not rejected.kinds
    return found


def test_a_segment_says_the_same_as_a_span() -> None:
    (span, _) = spans_of(SEGMENT)
    (found,) = through(span)
    same = ("trace_id", "span_id", "parent_id", "name", "service", "kind", "is_entry", "fault",
            "http", "user")  # fmt: skip
    assert [getattr(found, name) for name in same] == [getattr(span, name) for name in same]
    assert found.duration_s == span.duration_s
    assert found.annotations.items() >= span.annotations.items()
    (exception,) = found.exceptions
    assert (exception.type, exception.message) == ("T", "m")
    assert [(f.path, f.line, f.label) for f in exception.stack] == [("a.py", 3, "f")]


def test_a_call_keeps_its_callee_and_its_failure() -> None:
    call = {"name": "b", "id": "2" * 16, "start_time": 1, "end_time": 2, "namespace": "remote",
            "error": True, "http": {"response": {"status": 404}}}  # fmt: skip
    _, span = spans_of(document("a", "1" * 16, subsegments=[call]))
    (found,) = through(span)
    assert (found.peer, found.error, found.kind) == ("b", True, span.kind)


def test_a_span_of_otlp_goes_out_as_it_came() -> None:
    sent = request_of(otlp_span(attributes={"http.request.method": "GET", "n": 3, "b": True}))
    (span,) = read_request(sent, Rejected())
    (found,) = through(span)
    assert found.annotations == span.annotations
    assert found.http == span.http


def test_ids_of_another_form_become_eight_bytes() -> None:
    (found,) = through(*spans_of(document("a", "short", parent="no hex digits at all")))
    assert len(found.span_id) == len(found.parent_id) == 16


def test_spans_are_grouped_by_service() -> None:
    spans = spans_of(document("a", "1" * 16), document("b", "2" * 16), document("a", "3" * 16))
    assert len(write_request((s, s.service) for s in spans).resource_spans) == 2
