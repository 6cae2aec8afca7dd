"""The service map and one trace, in lines of text."""

from collections.abc import Iterator

from xray_local.service_graph import service_graph
from xray_local.store import TraceStore, most_interesting
from xray_local.trace import Trace

_BAR = 40
_MAX_ROWS = 60


def drawing(store: TraceStore) -> str:
    """What the X-Ray console would show: the map, and the timeline of a trace worth showing.

    What was malformed or dropped is said when there was any.
    """
    chosen = most_interesting(store.traces())
    if chosen is None:
        return "\n".join(["", "Traces", "  none were sent", *_losses(store)])
    lines = ["", f"Traces ({len(store)} sampled)"]
    for edge in service_graph(store.traces()).sorted_edges:
        way, counts = f"{edge.caller} -> {edge.callee}", edge.statistics
        lines.append(
            f"  {way:<34} {counts.count:>5} calls  {counts.fault:>4} faults"
            f"  {counts.error + counts.throttle:>4} errors"
            f"  mean {counts.durations.mean_s * 1000:.1f} ms"
        )
    lines.append(f"  one of them, {chosen.xray_id}:")
    lines += _timeline(chosen)
    return "\n".join([*lines, *_losses(store)])


def _losses(store: TraceStore) -> Iterator[str]:
    if malformed := store.malformed.total():
        yield f"  {malformed} datagrams were not valid segments"
    if dropped := store.dropped.total():
        yield f"  {dropped} earlier traces were dropped to bound the memory"


def _timeline(trace: Trace) -> Iterator[str]:
    span_s = max(1e-6, trace.duration_s)
    for shown, (span, depth) in enumerate(trace.walk()):
        if shown == _MAX_ROWS:
            yield "    ... and more"
            return
        left = round(max(0.0, span.start_s - trace.start_s) / span_s * _BAR)
        width = max(1, round(span.duration_s / span_s * _BAR))
        bar = (" " * min(left, _BAR) + "=" * min(width, _BAR))[: _BAR + 1]
        name = "  " * min(depth, 8) + span.name
        state = "OK" if span.health == "ok" else span.health.capitalize()
        yield f"    {name:<28} {state:<8} {span.duration_s * 1000:>7.1f} ms  |{bar}"
