"""What a rehearsal's traces come to, in a report: who called whom, and one trace. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.output.reports.facts import Json
from xray_local.service_graph import ServiceGraph, Statistics
from xray_local.spans import Span
from xray_local.trace import Trace

_MOST_SPANS = 200
_MOST_DRAWN = 60
_MS_DIGITS = 3


@dataclass(frozen=True)
class Traced:
    """The map of sampled traces, of the rollback if there was one, and one trace."""

    graph: ServiceGraph
    trace: Trace | None
    is_of_rollback: bool


def traced_value(traced: Traced) -> Json:
    """As an object of the JSON report; times in milliseconds."""
    graph = traced.graph
    services = [
        {"name": node.name, "type": node.type, **_numbers(node.statistics)}
        for node in graph.nodes.values()
    ]
    calls = [
        {"from": edge.caller, "to": edge.callee, **_numbers(edge.statistics)}
        for edge in graph.sorted_edges
    ]
    return {
        "of_rollback": traced.is_of_rollback,
        "sampled": graph.traces,
        "services": services,
        "calls": calls,
        "trace": _trace_value(traced.trace) if traced.trace else None,
    }


def _numbers(statistics: Statistics) -> Json:
    durations = statistics.durations
    return {
        "requests": statistics.count,
        "ok": statistics.ok,
        "error": statistics.error,
        "throttle": statistics.throttle,
        "fault": statistics.fault,
        "mean_ms": _ms(durations.mean_s),
        "p99_ms": _ms(durations.quantile_s(0.99)),
    }


def _trace_value(trace: Trace) -> Json:
    walked = list(trace.walk())[:_MOST_SPANS]
    return {
        "id": trace.xray_id,
        "health": str(trace.health),
        "duration_ms": _ms(trace.duration_s),
        "spans": [_span_value(trace, span, depth) for span, depth in walked],
    }


def _span_value(trace: Trace, span: Span, depth: int) -> Json:
    return {
        "service": trace.services[span.span_id],
        "name": span.name,
        "depth": depth,
        "start_ms": _ms(span.start_s - trace.start_s),
        "duration_ms": _ms(span.duration_s) if span.end_s is not None else None,
        "health": str(span.health),
        "method": span.http.method,
        "url": span.http.url,
        "status": span.http.status or None,
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, _MS_DIGITS)


def traced_markdown(traced: Traced) -> Iterator[str]:
    """A diagram in Mermaid, which GitHub and GitLab draw, and the trace in a sentence."""
    graph = traced.graph
    what = "the rollback" if traced.is_of_rollback else "the rehearsal"
    yield from ("", f"### Who called whom in {what}", "", "```mermaid", "graph LR")
    names = {name: f"s{number}" for number, name in enumerate(graph.nodes)}
    for name, key in names.items():
        yield f'  {key}["{_quoted(name)}"]'
    for edge in graph.sorted_edges[:_MOST_DRAWN]:
        label = f"{edge.statistics.count} requests"
        if edge.statistics.fault:
            label += f", {edge.statistics.fault} faults"
        yield f'  {names[edge.caller]} -- "{label}" --> {names[edge.callee]}'
    yield "```"
    if traced.trace is not None:
        yield from ("", _sentence(traced.trace, is_of_rollback=traced.is_of_rollback))


def _sentence(trace: Trace, *, is_of_rollback: bool) -> str:
    found = "The slowest failing trace" if is_of_rollback else "A trace worth a look"
    return (
        f"{found}: `{trace.xray_id}`, {trace.health}, {_ms(trace.duration_s):g} ms,"
        f" {len(trace.spans)} spans."
    )


def _quoted(name: str) -> str:
    """A name inside quotes of Mermaid, by character where Mermaid or Markdown would read it."""
    return "".join(c if c.isalnum() or c in " .-:/" else f"#{ord(c)};" for c in name[:100])
