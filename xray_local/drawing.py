"""The service map and one trace, in lines of text."""

from collections.abc import Iterator

from xray_local.segment import Segment
from xray_local.traces import Traces

_BAR = 40


def drawing(traces: Traces, malformed: int = 0) -> str:
    """What the X-Ray console would show: the map, and the timeline of a telling trace.

    `malformed` is how many datagrams were no segments; it is told when there were any.
    """
    if not len(traces):
        return "\nTraces\n  none were sent"
    lines = ["", f"Traces ({len(traces)} sampled)"]
    for edge in traces.edges():
        way = f"{edge.caller} -> {edge.callee}"
        lines.append(
            f"  {way:<34} {edge.calls:>5} calls  {edge.faults:>4} faults  {edge.errors:>4} errors"
            f"  mean {edge.mean_s * 1000:.1f} ms"
        )
    longest = traces.longest()
    lines.append(f"  one of them, {longest[0].trace_id}:")
    lines += _timeline(longest)
    if malformed:
        lines.append(f"  {malformed} datagrams were no segments")
    return "\n".join(lines)


def _timeline(trace: list[Segment]) -> Iterator[str]:
    start_s = min(segment.start_s for segment in trace)
    span_s = max(segment.end_s for segment in trace) - start_s or 1e-6
    for segment, depth in _rows(trace):
        left = round((segment.start_s - start_s) / span_s * _BAR)
        width = max(1, round(segment.duration_s / span_s * _BAR))
        bar = (" " * left + "=" * width)[: _BAR + 1]
        name = "  " * depth + segment.name
        yield f"    {name:<28} {_state(segment):<8} {segment.duration_s * 1000:>7.1f} ms  |{bar}"


def _rows(trace: list[Segment]) -> Iterator[tuple[Segment, int]]:
    known = {part.id for segment in trace for part in segment.walk()}
    for segment in trace:
        if segment.parent_id not in known:
            yield from _below(segment, trace, 0)


def _below(segment: Segment, trace: list[Segment], depth: int) -> Iterator[tuple[Segment, int]]:
    yield segment, depth
    for part in segment.parts:
        yield from _below(part, trace, depth + 1)
    for callee in trace:
        if callee.parent_id == segment.id:
            yield from _below(callee, trace, depth + 1)


def _state(segment: Segment) -> str:
    if segment.fault:
        return "Fault"
    if segment.throttle:
        return "Throttle"
    return "Error" if segment.error else "OK"
