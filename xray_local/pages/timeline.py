"""One trace as a timeline: rows beneath their callers, bars on an axis, all that is known. Pure.

What is shown of a trace is bounded, whatever was sent: so many rows, so much text in all; what is
left out is counted.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from xray_local.pages import wording
from xray_local.pages.templates import render
from xray_local.spans import Health, Span, SpanException
from xray_local.trace import Trace

MOST_ROWS = 500
MOST_DETAIL_CHARACTERS = 600_000
_MOST_TEXT = 20_000
_MOST_CAUSES, _MOST_FRAMES = 8, 50
_MOST_DEPTH = 12
_COLOURS = 8
_TICKS = 6


@dataclass(frozen=True)
class Row:
    """A span on the timeline; `left` and `width` are shares of its length, within 0 and 1."""

    span: Span
    service: str
    depth: int
    left: float
    width: float
    colour: int
    """Of its service; the same all over a trace."""
    is_entry: bool = False
    """Whether work enters its service here."""

    @property
    def indent(self) -> int:
        return min(self.depth, _MOST_DEPTH)

    @property
    def service_name(self) -> str:
        return wording.printable(self.service or "unknown service", 200)

    @property
    def names(self) -> tuple[str, str]:
        """What it is called, and what is said beside: service first where work enters one."""
        own = wording.printable(self.span.name, 200)
        pair = (self.service_name, own) if self.is_entry else (own, self.service_name)
        return pair if pair[0] != pair[1] else (own, "")

    @property
    def state(self) -> str:
        return state(self.span)

    @property
    def is_failing(self) -> bool:
        return self.span.health is not Health.OK

    @property
    def duration(self) -> str:
        return wording.duration(self.span.duration_s) if self.span.is_complete else "in progress"

    @property
    def request(self) -> str:
        return request(self.span)

    @property
    def bar(self) -> Markup:
        """The bar as SVG, in percent of its row."""
        kind = self.span.health.value if self.is_failing else f"c{self.colour}"
        open_end = "" if self.span.is_complete else " open"
        left, width = self.left * 100, max(self.width * 100, 0.4)
        return Markup(  # numbers and words of ours
            f'<svg class="bar" aria-hidden="true"><rect class="{kind}{open_end}" rx="2"'
            f' x="{min(left, 99.6):.2f}%" width="{min(width, 100 - min(left, 99.6)):.2f}%"/></svg>'
        )


def rows(trace: Trace) -> Iterator[Row]:
    """Every span once, beneath the span that called it."""
    colours: dict[str, int] = {}
    length_s = max(trace.duration_s, 1e-9)
    for span, depth in trace.walk():
        service = trace.services.get(span.span_id, "")
        left = min(1.0, max(0.0, (span.start_s - trace.start_s) / length_s))
        end_s = span.end_s if span.end_s is not None else trace.end_s
        right = min(1.0, max(left, (end_s - trace.start_s) / length_s))
        colour = colours.setdefault(service, len(colours) % _COLOURS)
        is_entry = trace.enters_service(span)
        yield Row(span, service, depth, left, right - left, colour, is_entry)


def ticks(duration_s: float) -> list[tuple[float, str]]:
    """Round moments of an axis: their share of its length, and what they are called."""
    if not 0 < duration_s < math.inf:
        return [(0.0, "0 ms")]
    rough = duration_s / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * n for n in (1, 2, 5) if power * n >= rough), power * 10)
    count = int(duration_s / step + 1e-9)
    return [(i * step / duration_s, _milliseconds(i * step)) for i in range(count + 1)]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.6g} ms" if seconds < 100 else f"{seconds:,.6g} s"


def state(span: Span) -> str:
    """How it ended, in a word, with the response's status if there is one."""
    if not span.is_complete:
        return "in progress"
    word = {"ok": "OK", "error": "Error", "throttle": "Throttle", "fault": "Fault"}
    text = word[span.health.value]
    return f"{text} {span.http.status}" if span.http.status else text


def request(span: Span) -> str:
    """Method and URL; empty when neither is known."""
    parts = (span.http.method, span.http.url)
    return wording.printable(" ".join(part for part in parts if part), 500)


def timeline_html(trace: Trace, *, is_open: bool = False) -> str:
    """The timeline as HTML without script or style of its own; details unfold.

    With `is_open` the first span with an exception stands unfolded.
    """
    shown: list[tuple[Row, Detail | None]] = []
    left = MOST_DETAIL_CHARACTERS
    first_cause = next((s.span_id for s in trace.spans if s.exceptions), "") if is_open else ""
    for row in rows(trace):
        if len(shown) >= MOST_ROWS:
            break
        known = detail(row) if left > 0 else None
        left -= known.size if known else 0
        shown.append((row, known))
    return render(
        "timeline.html",
        rows=shown,
        ticks=ticks(trace.duration_s),
        more=len(trace.by_id) - len(shown),
        first_cause=first_cause,
    )


@dataclass(frozen=True)
class Detail:
    """What unfolds beneath a row: pairs of name and value, causes, and JSON texts."""

    overview: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    metadata: str
    causes: tuple[tuple[str, str], ...]
    """What was raised, and its stack."""
    raw: str

    @property
    def size(self) -> int:
        """About how many characters it takes on a page."""
        pairs = (*self.overview, *self.annotations, *self.causes)
        texts = sum(len(name) + len(text) + 40 for name, text in pairs)
        return texts + len(self.metadata) + len(self.raw)


def detail(row: Row) -> Detail:
    """Everything about one span, as text."""
    span, http = row.span, row.span.http
    overview = (
        ("Service", row.service_name),
        ("Request", row.request),
        ("Response", _response(span)),
        ("Start", f"{wording.date_and_moment(span.start_s)} UTC"),
        ("Duration", row.duration),
        ("Kind", f"{span.kind.value} span, {_FORMATS[span.source.value]}"),
        ("Calls", span.peer),
        ("Origin", span.origin),
        ("User", span.user),
        ("Client", " · ".join(part for part in (http.client_ip, http.user_agent) if part)),
        ("Span", span.span_id),
    )
    return Detail(
        overview=tuple((name, wording.printable(text, 2_000)) for name, text in overview if text),
        annotations=tuple(
            (wording.printable(str(name), 200), wording.printable(str(value), 1_000))
            for name, value in list(span.annotations.items())[:100]
        ),
        metadata=json_text(span.metadata) if span.metadata else "",
        causes=tuple(map(_cause, span.exceptions[:_MOST_CAUSES])),
        raw=_indented(span.document),
    )


_FORMATS = {"x-ray": "sent as an X-Ray segment", "otlp": "sent by OpenTelemetry"}


def _response(span: Span) -> str:
    http = span.http
    size = f"{http.content_length_bytes:,} bytes" if http.content_length_bytes else ""
    return " · ".join(part for part in (str(http.status or ""), size) if part)


def _cause(exception: SpanException) -> tuple[str, str]:
    """An exception as a line, and its stack, the innermost call first."""
    parts = (exception.type, exception.message)
    title = ": ".join(part for part in parts if part) or "an exception"
    whose = " (raised by the callee)" if exception.remote else ""
    frames = (
        f"at {frame.label or '?'}  {frame.path}{f':{frame.line}' if frame.line else ''}"
        for frame in exception.stack[:_MOST_FRAMES]
    )
    stack = "\n".join(wording.printable(frame, 500) for frame in frames)
    return f"{wording.printable(title, 2_000)}{whose}", stack


def json_text(value: object) -> str:
    """JSON to read; bounded."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (ValueError, RecursionError, TypeError):
        return "(nested too deeply to be shown)"
    return wording.block(text, _MOST_TEXT)


def _indented(document: str) -> str:
    """A document as it was sent, indented where it is short enough to be read."""
    if not document or len(document) > _MOST_TEXT:
        return wording.block(document, _MOST_TEXT)
    try:
        return json_text(json.loads(document))
    except (ValueError, RecursionError):
        return wording.block(document, _MOST_TEXT)
