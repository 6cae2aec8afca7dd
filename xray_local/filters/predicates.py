"""What a filter expression asks of a trace, as small functions. Pure.

A question is asked of a scope: some spans of one trace. At the top these are the trace's entries
into services; within `service("x") { ... }` one entry of that service, within `edge(...) { ... }`
one call along that edge. A comparison holds when it holds for one of the scope's spans.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from xray_local.service_graph import CLIENT
from xray_local.spans import Scalar, Span
from xray_local.trace import Trace


@dataclass(frozen=True)
class Scope:
    """A trace, and those of its spans that are asked about."""

    trace: Trace
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, trace: Trace) -> Scope:
        return cls(trace, trace.entries or trace.spans)


Predicate = Callable[[Scope], bool]
Values = Callable[[Scope], Iterator[Scalar]]
Comparison = Callable[[Scalar, Scalar], bool]

FLAGS: dict[str, Predicate] = {
    "ok": lambda scope: not any(s.fault or s.error or s.throttle for s in scope.spans),
    "error": lambda scope: any(span.error for span in scope.spans),
    "fault": lambda scope: any(span.fault for span in scope.spans),
    "throttle": lambda scope: any(span.throttle for span in scope.spans),
    "partial": lambda scope: scope.trace.is_partial,
    "inferred": lambda scope: any(bool(span.peer) and not span.is_entry for span in scope.spans),
    "root": lambda scope: any(scope.trace.parent(span) is None for span in scope.spans),
    "first": lambda scope: any(scope.trace.parent(span) is None for span in scope.spans),
    "last": lambda scope: any(not scope.trace.children(span) for span in scope.spans),
    "remote": lambda scope: any(bool(span.peer) for span in scope.spans),
}
"""Keywords that are true or false by themselves."""

VALUES: dict[str, Values] = {
    "responsetime": lambda scope: _responses_s(scope),
    "duration": lambda scope: iter((scope.trace.duration_s,)),
    "http.status": lambda scope: (s.http.status for s in scope.spans if s.http.status),
    "http.url": lambda scope: (s.http.url for s in scope.spans if s.http.url),
    "http.method": lambda scope: (s.http.method for s in scope.spans if s.http.method),
    "http.useragent": lambda scope: (s.http.user_agent for s in scope.spans if s.http.user_agent),
    "http.clientip": lambda scope: (s.http.client_ip for s in scope.spans if s.http.client_ip),
    "user": lambda scope: (span.user for span in scope.spans if span.user),
    "name": lambda scope: (scope.trace.services[span.span_id] for span in scope.spans),
    "id": lambda scope: iter((scope.trace.xray_id, scope.trace.id)),
}
"""Keywords that are compared with something."""


def _responses_s(scope: Scope) -> Iterator[Scalar]:
    """Of a trace, what its root took; of spans within braces, what each of them took."""
    if len(scope.spans) > 1:
        return iter((scope.trace.response_time_s,))
    return (span.duration_s for span in scope.spans if span.is_complete)


def annotation(key: str) -> Values:
    """The values of an annotation of any span of the trace, or of the scope's spans."""

    def values(scope: Scope) -> Iterator[Scalar]:
        spans = scope.trace.spans if len(scope.spans) != 1 else scope.spans
        return (span.annotations[key] for span in spans if key in span.annotations)

    return values


def _numbers(compare: Callable[[float, float], bool]) -> Comparison:
    def holds(found: Scalar, wanted: Scalar) -> bool:
        if isinstance(found, str) or isinstance(wanted, str):
            return False
        return compare(float(found), float(wanted))

    return holds


def _texts(compare: Callable[[str, str], bool]) -> Comparison:
    return lambda found, wanted: isinstance(found, str) and compare(found, str(wanted))


def _equal(found: Scalar, wanted: Scalar) -> bool:
    if isinstance(found, str) is not isinstance(wanted, str):
        return str(found).lower() == str(wanted).lower()
    return found == wanted


COMPARISONS: dict[str, Comparison] = {
    "=": _equal,
    "!=": lambda found, wanted: not _equal(found, wanted),
    "<": _numbers(operator.lt),
    "<=": _numbers(operator.le),
    ">": _numbers(operator.gt),
    ">=": _numbers(operator.ge),
    "contains": _texts(lambda found, wanted: wanted in found),
    "beginswith": _texts(lambda found, wanted: found.startswith(wanted)),
    "endswith": _texts(lambda found, wanted: found.endswith(wanted)),
}


def compared(values: Values, comparison: Comparison, wanted: Scalar) -> Predicate:
    """Whether a comparison holds for one of the values."""
    return lambda scope: any(comparison(found, wanted) for found in values(scope))


def exists(values: Values) -> Predicate:
    """Whether there is a value."""
    return lambda scope: next(values(scope), None) is not None


def negated(inner: Predicate) -> Predicate:
    return lambda scope: not inner(scope)


def all_of(parts: tuple[Predicate, ...]) -> Predicate:
    return lambda scope: all(part(scope) for part in parts)


def any_of(parts: tuple[Predicate, ...]) -> Predicate:
    return lambda scope: any(part(scope) for part in parts)


@dataclass(frozen=True)
class ServiceName:
    """A service by name and type, either empty for any."""

    name: str = ""
    type: str = ""

    def matches(self, name: str, type_: str) -> bool:
        return self.name in ("", name) and self.type in ("", type_)


def in_service(wanted: ServiceName, inner: Predicate) -> Predicate:
    """Whether one entry of a service satisfies `inner`; callees that sent nothing count too."""

    def holds(scope: Scope) -> bool:
        trace = scope.trace
        for span in trace.spans:
            if trace.enters_service(span):
                name, type_ = trace.services[span.span_id], span.origin
            elif span.peer and not trace.children(span):
                name, type_ = span.peer, "remote"
            else:
                continue
            if wanted.matches(name, type_) and inner(Scope(trace, (span,))):
                return True
        return False

    return holds


def along_edge(caller: ServiceName, callee: ServiceName, inner: Predicate) -> Predicate:
    """Whether one call from a service to another satisfies `inner`."""

    def holds(scope: Scope) -> bool:
        trace = scope.trace
        for span in trace.entries:
            above = trace.parent(span)
            name = (trace.services[above.span_id] if above else "") or CLIENT
            if not caller.matches(name, "client" if above is None else ""):
                continue
            callee_name = trace.services[span.span_id]
            if callee.matches(callee_name, span.origin) and inner(Scope(trace, (span,))):
                return True
        return False

    return holds
