"""Segment documents, read from the daemon's datagrams. Pure.

A datagram is a header line, `{"format": "json", "version": 1}`, and one document: a segment, or a
subsegment sent apart from it (AWS X-Ray developer guide, "Sending segment documents to the X-Ray
daemon" and "Segment documents"). Whoever can reach the port writes what is read here, so types,
times, depth and ids are checked before anything is kept.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_DEPTH = 64
MAX_NAME = 200
MAX_ID = 100


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
    apart: bool = False
    """A subsegment that was sent in a document of its own."""
    parts: tuple["Segment", ...] = field(default=())

    @property
    def duration_s(self) -> float:
        return max(0.0, self.end_s - self.start_s)

    def walk(self) -> Iterator["Segment"]:
        """This segment and all inside it, no deeper than MAX_DEPTH."""
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
    document = _fields(_json(body))
    if document.get("in_progress"):
        return None
    segment = _segment(document, _id(document, "trace_id"), 0)
    ids = [part.id for part in segment.walk()]
    if len(set(ids)) < len(ids):
        raise MalformedError("two parts of it have the same id")
    return segment


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MalformedError(f"not JSON: {error}") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None


def _is_json_one(header: bytes) -> bool:
    try:
        fields = _fields(_json(header))
    except MalformedError:
        return False
    return str(fields.get("format")).lower() == "json" and fields.get("version") == 1


def _segment(document: dict[str, object], trace_id: str, depth: int) -> Segment:
    if depth > MAX_DEPTH:
        raise MalformedError(f"subsegments more than {MAX_DEPTH} deep")
    parts = document.get("subsegments", ())
    if not isinstance(parts, list | tuple):
        raise MalformedError("subsegments is not a list")
    parent_id = document.get("parent_id")
    return Segment(
        name=_text(document, "name")[:MAX_NAME],
        id=_id(document, "id"),
        trace_id=trace_id,
        parent_id=None if parent_id is None else _id(document, "parent_id"),
        start_s=_time_s(document, "start_time"),
        end_s=_time_s(document, "end_time"),
        error=bool(document.get("error")),
        throttle=bool(document.get("throttle")),
        fault=bool(document.get("fault")),
        remote=document.get("namespace") == "remote",
        apart=depth == 0 and document.get("type") == "subsegment",
        parts=tuple(_segment(_fields(part), trace_id, depth + 1) for part in parts),
    )


def _fields(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedError("not an object")
    return value


def _text(document: dict[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedError(f"{name} is not a text")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)


def _id(document: dict[str, object], name: str) -> str:
    value = _text(document, name)
    if len(value) > MAX_ID:
        raise MalformedError(f"{name} is longer than {MAX_ID} characters")
    return value


def _time_s(document: dict[str, object], name: str) -> float:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedError(f"{name} is not a number")
    # A float of an integer beyond its range is an error, so compare before converting.
    if not 0 <= value < 1e12 or not math.isfinite(value):
        raise MalformedError(f"{name} is not a time in seconds since 1970")
    return float(value)
