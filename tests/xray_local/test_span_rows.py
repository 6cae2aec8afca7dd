"""Spans as rows and back."""

import dataclasses
from typing import Any

import pytest

from tests.xray_local.documents import document, spans_of
from tests.xray_local.otlp.messages import otlp_span, request_of
from xray_local.otlp.reading import Rejected, read_request
from xray_local.span_rows import read_row, write_row
from xray_local.spans import Span

SEGMENT = document(
    "a", "1" * 16, annotations={"a": 1, "b": "x", "c": True}, metadata={"n": {"k": [1, None]}},
    http={"request": {"method": "GET", "url": "http://a/"}, "response": {"status": 500}},
    fault=True, user="kim", origin="AWS::EC2::Instance",
    cause={"exceptions": [{"id": "e", "type": "T", "message": "m",
                           "stack": [{"path": "a.py", "line": 3, "label": "f"}]}]},
    subsegments=[{"name": "b", "id": "2" * 16, "start_time": 1, "in_progress": True,
                  "namespace": "remote"}],
)  # fmt: skip


def test_a_span_comes_back_as_it_was() -> None:
    otlp = read_request(request_of(otlp_span(attributes={"x": 1.5, "l": ["a"]})), Rejected())
    for span in [*spans_of(SEGMENT), *otlp]:
        assert read_row(write_row(span)) == span


def test_every_field_is_in_the_row() -> None:
    (span, _) = spans_of(SEGMENT)
    for field in dataclasses.fields(Span):
        value = getattr(span, field.name)
        if isinstance(value, str) and field.name not in ("kind", "source"):
            other: dict[str, Any] = {field.name: f"{value}x"}
            changed = dataclasses.replace(span, **other)
            assert read_row(write_row(changed)) == changed


@pytest.mark.parametrize("text", ["", "{}", "[1]", "7", "[" + "1," * 20 + "1]"])
def test_other_texts_are_no_rows(text: str) -> None:
    with pytest.raises((ValueError, TypeError, IndexError, KeyError)):
        read_row(text)
