"""The service map and one trace, in lines of text."""

from collections import defaultdict
from collections.abc import Iterator

from xray_local.segment import Segment
from xray_local.traces import Traces

_BAR = 40
_MAX_ROWS = 60


def drawing(traces: Traces, malformed: int = 0) -> str:
    """What the X-Ray console would show: the map, and the timeline of a telling trace.

    `malformed` is how many datagrams were no segments; it is shown when there were any.
    """
    if not len(traces):
        return "\n".join(["", "Traces", "  none were sent", *_losses(traces, malformed)])
    lines = ["", f"Traces ({len(traces)} sampled)"]
    for edge in traces.edges():
        way = f"{edge.caller} -> {edge.callee}"
        lines.append(
            f"  {way:<34} {edge.calls:>5} calls  {edge.faults:>4} faults  {edge.errors:>4} errors"
            f"  mean {edge.mean_s * 1000:.1f} ms"
        )
    telling = traces.telling()
    lines.append(f"  one of them, {telling[0].trace_id}:")
    lines += _timeline(telling)
    return "\n".join([*lines, *_losses(traces, malformed)])


def _losses(traces: Traces, malformed: int) -> Iterator[str]:
    if malformed:
        yield f"  {malformed} datagrams were no segments"
    if traces.dropped:
        yield f"  {traces.dropped} earlier traces were dropped to bound the memory"


def _timeline(trace: list[Segment]) -> Iterator[str]:
    start_s = min(segment.start_s for segment in trace)
    span_s = max(1e-6, max(segment.end_s for segment in trace) - start_s)
    for shown, (segment, depth) in enumerate(_rows(trace)):
        if shown == _MAX_ROWS:
            yield "    ... and more"
            return
        left = round(max(0.0, segment.start_s - start_s) / span_s * _BAR)
        width = max(1, round(segment.duration_s / span_s * _BAR))
        bar = (" " * min(left, _BAR) + "=" * min(width, _BAR))[: _BAR + 1]
        name = "  " * min(depth, 8) + segment.name
        yield f"    {name:<28} {_state(segment):<8} {segment.duration_s * 1000:>7.1f} ms  |{bar}"


def _rows(trace: list[Segment]) -> Iterator[tuple[Segment, int]]:
    """Every part of the trace once, beneath its parent, with its depth.

    Ids come from senders, so they can repeat or run in circles: a part is shown where it is met
    first, and a circle without a beginning begins at its earliest segment.
    """
    known = {part.id for segment in trace for part in segment.walk()}
    callees: dict[str, list[Segment]] = defaultdict(list)
    for segment in trace:
        if segment.parent_id is not None:
            callees[segment.parent_id].append(segment)
    roots = [segment for segment in trace if segment.parent_id not in known]
    seen: set[int] = set()
    waiting = [(segment, 0) for segment in reversed([*roots, *trace])]
    while waiting:
        segment, depth = waiting.pop()
        if id(segment) in seen:
            continue
        seen.add(id(segment))
        yield segment, depth
        below = [*segment.parts, *callees[segment.id]]
        waiting += [(part, depth + 1) for part in reversed(below)]


def _state(segment: Segment) -> str:
    if segment.fault:
        return "Fault"
    if segment.throttle:
        return "Throttle"
    return "Error" if segment.error else "OK"
