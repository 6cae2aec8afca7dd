"""Segment documents, read from the daemon's datagrams. Pure.

A datagram is a header line, `{"format": "json", "version": 1}`, and one document (AWS X-Ray
developer guide, "Sending segment documents to the X-Ray daemon").
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class MalformedError(ValueError):
    """A datagram that is no segment; the text says why."""


@dataclass(frozen=True)
class Segment:
    """A segment, or a subsegment inside one. Times are seconds since the epoch."""

    name: str
    id: str
    trace_id: str
    parent_id: str | None
    start_s: float
    end_s: float
    error: bool = False
    throttle: bool = False
    fault: bool = False
    remote: bool = False
    parts: tuple["Segment", ...] = field(default=())

    @property
    def duration_s(self) -> float:
        return max(0.0, self.end_s - self.start_s)

    def walk(self) -> Iterator["Segment"]:
        """This segment and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(datagram: bytes) -> Segment | None:
    """The segment in a datagram; None for one still in progress. Raises MalformedError."""
    header, newline, body = datagram.partition(b"\n")
    if not newline or not body.strip():
        raise MalformedError("no document after the header")
    if not _is_json_one(header):
        raise MalformedError("the header is not that of format json, version 1")
    try:
        document = json.loads(body)
        if document.get("in_progress"):
            return None
        return _segment(document, document["trace_id"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedError(f"not a segment: {error!r}") from None


def _is_json_one(header: bytes) -> bool:
    try:
        fields = json.loads(header)
        return str(fields["format"]).lower() == "json" and fields["version"] == 1
    except (ValueError, KeyError, TypeError):
        return False


def _segment(document: dict[str, Any], trace_id: str) -> Segment:
    return Segment(
        name=str(document["name"]),
        id=str(document["id"]),
        trace_id=trace_id,
        parent_id=document.get("parent_id"),
        start_s=float(document["start_time"]),
        end_s=float(document["end_time"]),
        error=bool(document.get("error")),
        throttle=bool(document.get("throttle")),
        fault=bool(document.get("fault")),
        remote=document.get("namespace") == "remote",
        parts=tuple(_segment(part, trace_id) for part in document.get("subsegments", ())),
    )
