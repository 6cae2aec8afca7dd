"""One trace: its spans as a forest, and what they say together. Pure.

Ids come from senders: they may repeat, lead nowhere or run in circles. A span's parent is the one
of that id in its trace; where following parents runs in a circle, the circle is cut at its earliest
span, which then is a root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from xray_local.spans import Health, Span, xray_trace_id


class Trace:
    """The spans of one trace id, the earliest first."""

    def __init__(self, trace_id: str, spans: Iterable[Span]) -> None:
        self.id = trace_id
        self.spans = tuple(sorted(spans, key=lambda span: (span.start_s, span.span_id)))

    @property
    def xray_id(self) -> str:
        return xray_trace_id(self.id)

    @cached_property
    def by_id(self) -> Mapping[str, Span]:
        return {span.span_id: span for span in reversed(self.spans)}

    @cached_property
    def _parents(self) -> Mapping[str, Span]:
        """The parent of each span that has one, circles cut."""
        parents: dict[str, Span] = {}
        settled: set[str] = set()
        for span in self.spans:
            path: list[str] = []
            at: Span | None = span
            while at is not None and at.span_id not in settled:
                settled.add(at.span_id)
                path.append(at.span_id)
                above = self.by_id.get(at.parent_id) if at.parent_id else None
                if above is None or above.span_id in path:
                    break
                parents[at.span_id] = above
                at = above
        return parents

    def parent(self, span: Span) -> Span | None:
        """The span it was called by, if it is in this trace."""
        return self._parents.get(span.span_id)

    @cached_property
    def _children(self) -> Mapping[str, tuple[Span, ...]]:
        children: dict[str, list[Span]] = {}
        for span in self.by_id.values():
            if (above := self._parents.get(span.span_id)) is not None:
                children.setdefault(above.span_id, []).append(span)
        return {
            key: tuple(sorted(found, key=lambda span: (span.start_s, span.span_id)))
            for key, found in children.items()
        }

    def children(self, span: Span) -> tuple[Span, ...]:
        """The spans below it, the earliest first."""
        return self._children.get(span.span_id, ())

    @cached_property
    def roots(self) -> tuple[Span, ...]:
        """The spans without a parent here, the earliest first."""
        found = [span for span in self.by_id.values() if span.span_id not in self._parents]
        return tuple(sorted(found, key=lambda span: (span.start_s, span.span_id)))

    def walk(self) -> Iterator[tuple[Span, int]]:
        """Every span once, below its parent, with its depth."""
        waiting = [(span, 0) for span in reversed(self.roots)]
        while waiting:
            span, depth = waiting.pop()
            yield span, depth
            waiting += [(one, depth + 1) for one in reversed(self.children(span))]

    @cached_property
    def services(self) -> Mapping[str, str]:
        """The service of every span by id: its own, or that of the nearest span above that has one.

        Empty where none is known.
        """
        found: dict[str, str] = {}
        for span, _ in self.walk():
            above = self._parents.get(span.span_id)
            found[span.span_id] = span.service or (found[above.span_id] if above else "")
        return found

    def enters_service(self, span: Span) -> bool:
        """Whether work enters another service with this span."""
        above = self._parents.get(span.span_id)
        if above is None:
            return span.is_entry or bool(span.service)
        return self.services[above.span_id] != self.services[span.span_id] or span.is_entry

    @cached_property
    def entries(self) -> tuple[Span, ...]:
        """The spans with which work enters a service, the earliest first."""
        return tuple(span for span in self.by_id.values() if self.enters_service(span))[::-1]

    @cached_property
    def root(self) -> Span:
        """The earliest root that enters a service, or the earliest span."""
        entering = (span for span in self.roots if self.enters_service(span))
        return next(entering, self.spans[0])

    @property
    def start_s(self) -> float:
        return self.spans[0].start_s

    @cached_property
    def end_s(self) -> float:
        return max(s.end_s if s.end_s is not None else s.start_s for s in self.spans)

    @property
    def duration_s(self) -> float:
        """From the start of the first span to the end of the last."""
        return max(0.0, self.end_s - self.start_s)

    @property
    def response_time_s(self) -> float:
        """What the caller of the root waited."""
        return self.root.duration_s

    @cached_property
    def is_partial(self) -> bool:
        """Whether a span is in progress or a parent is missing."""
        return any(
            not span.is_complete or (bool(span.parent_id) and span.parent_id not in self.by_id)
            for span in self.spans
        )

    @cached_property
    def health(self) -> Health:
        """The worst of its entries (X-Ray's HasFault, HasThrottle, HasError)."""
        states = {span.health for span in self.entries or self.spans}
        return next(one for one in Health if one in states)
