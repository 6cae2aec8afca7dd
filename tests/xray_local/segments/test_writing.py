import json

from tests.xray_local.documents import TRACE, document, spans_of, trace_of
from xray_local.segments.reading import read_document
from xray_local.segments.writing import documents_of
from xray_local.spans import Http, Kind, Source, Span, SpanException, StackFrame
from xray_local.trace import Trace

ID = "0" * 31 + "1"


def _span(span_id: str, parent: str, service: str, kind: Kind, **more: object) -> Span:
    fields = {"name": f"of {span_id}", "start_s": 1.0, "end_s": 1.5, "source": Source.OTLP}
    entry = kind is Kind.SERVER
    made = {"kind": kind, "is_entry": entry, "service": service, **fields, **more}
    return Span(ID, span_id, parent, **made)  # type: ignore[arg-type]


def test_what_came_as_a_document_goes_out_as_it_came() -> None:
    fields = document("Frontend", "f", subsegments=[document("call", "c")])
    ((id_, text),) = documents_of(trace_of(fields))
    assert (id_, json.loads(text)) == ("f", fields)


def test_spans_of_another_format_are_a_document_per_service() -> None:
    front = _span("f", "", "Frontend", Kind.SERVER, http=Http("GET", "http://f/", 200))
    call = _span("c", "f", "Frontend", Kind.CLIENT, peer="detail", annotations={"a": 1})
    stack = (StackFrame("a.py", 3, "f"),)
    detail = _span(
        "d", "c", "Detail", Kind.SERVER, fault=True, exceptions=(SpanException("E", "m", stack),)
    )
    unfinished = _span("w", "d", "Detail", Kind.INTERNAL, end_s=None)
    written = dict(documents_of(Trace(ID, [front, call, detail, unfinished])))
    assert list(written) == ["d", "f"] or list(written) == ["f", "d"]
    read = {span.span_id: span for text in written.values() for span in read_document(text)}
    assert read["f"].http == front.http
    assert (read["f"].service, read["d"].service, read["c"].service) == (
        *("Frontend", "Detail", "Frontend"),
    )
    assert (read["c"].peer, read["c"].annotations) == ("detail", {"a": 1})
    assert (read["d"].parent_id, read["d"].fault) == ("c", True)
    assert read["d"].exceptions[0].stack == stack
    assert not read["w"].is_complete
    assert all(json.loads(text)["trace_id"] == TRACE for text in written.values())


def test_a_subsegment_inside_is_no_document_of_its_own() -> None:
    spans = spans_of(document("Frontend", "f", subsegments=[document("call", "c")]))
    assert [id_ for id_, _ in documents_of(Trace(spans[0].trace_id, spans))] == ["f"]
