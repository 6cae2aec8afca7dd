"""Latency and responses, second by second."""

from dataclasses import dataclass

from markupsafe import Markup

from commons.units import NS_PER_S
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.timeline import Slot
from loadtester.report.html.scales import Scale, linear_ticks, time_scale
from loadtester.report.html.svg import (
    Frame,
    Point,
    bar,
    chart,
    columns,
    dot,
    hover,
    legend,
    line,
    rows,
)
from loadtester.report.units import human_count, human_time

CURVES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
RATES = Frame(height=150)
FEW = 30
"""So few moments are each marked with a dot."""
SHORTEST_SHARE = 0.1
"""A last slot that the run filled less than this is not shown as a rate."""


@dataclass(frozen=True)
class Moment:
    """One slot of the timeline as it is drawn."""

    slot: Slot
    start: float
    end: float
    covered_s: float
    """How much of the slot the run lasted."""

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    def rate(self, count: int) -> float:
        """A count per second."""
        return count / self.covered_s


def latency_over_time(result: RunResult) -> Markup:
    """Percentiles of response time per second, as lines."""
    frame = Frame()
    moments, across = _moments(result, frame)
    times = [(moment, moment.slot.response_time) for moment in moments]
    values = [h.quantile(q) for _, h in times if h for q in (0.5, 1.0)]
    up = time_scale(values, frame.base, frame.top)
    shapes = [rows(frame, up, human_time), _seconds(frame, across)]
    for name, q in reversed(CURVES):
        for piece in _pieces([(m.middle, up(h.quantile(q))) if h else None for m, h in times]):
            shapes.append(line(piece, name))
            shapes += [dot(point, name) for point in piece if len(moments) <= FEW]
    shapes += [hover(frame, m.start, m.end - m.start, _latencies(m)) for m in moments]
    names = [(name, "slowest" if name == "max" else name) for name, _ in CURVES]
    meaning = "response time, from the planned moment" if result.is_paced else "service time"
    if result.counts.errors:
        meaning += "; failures at the time they took"
    return chart(frame, "Latency over time", shapes) + legend([*names, ("", meaning)])


def responses_over_time(result: RunResult) -> Markup:
    """Responses and failures per second, as bars."""
    frame = RATES
    moments, across = _moments(result, frame)
    moments = [m for m in moments if m.covered_s >= SHORTEST_SHARE * m.slot.width_s]
    top = max((m.rate(m.slot.completed + m.slot.errors) for m in moments), default=1.0)
    up = Scale(0.0, max(linear_ticks(top)[-1], top * 1.05), frame.base, frame.top)
    shapes = [rows(frame, up, human_count), _seconds(frame, across)]
    for moment in moments:
        gap = min(2.0, (moment.end - moment.start) * 0.15)
        ended = moment.slot.completed + moment.slot.errors
        answered = moment.slot.completed - moment.slot.server_errors
        x, width = moment.start + gap / 2, moment.end - moment.start - gap
        shapes.append(bar(x, width, up(moment.rate(answered)), frame.base, "responses"))
        shapes.append(bar(x, width, up(moment.rate(ended)), up(moment.rate(answered)), "failed"))
    shapes += [hover(frame, m.start, m.end - m.start, _responses(m)) for m in moments]
    names = [("responses", "responses per second")]
    if any(m.slot.errors or m.slot.server_errors for m in moments):
        names.append(("failed", "failed: 5xx, or without a response"))
    return chart(frame, "Responses per second over time", shapes) + legend(names)


def _moments(result: RunResult, frame: Frame) -> tuple[list[Moment], Scale]:
    slots, wall_s = list(result.timeline), result.wall_ns / NS_PER_S
    across = Scale(0.0, max(wall_s, slots[-1].offset_s + 0.01), frame.left, frame.end)
    moments = []
    for slot in slots:
        end_s = slot.offset_s + slot.width_s
        covered_s = max(1e-3, min(end_s, wall_s) - slot.offset_s)
        moments.append(Moment(slot, across(slot.offset_s), across(end_s), covered_s))
    return moments, across


def _seconds(frame: Frame, across: Scale) -> Markup:
    ticks = [tick for tick in linear_ticks(across.high) if tick <= across.high]
    return columns(frame, [(across(tick), f"{tick:g} s") for tick in ticks])


def _pieces(points: list[Point | None]) -> list[list[Point]]:
    """Runs of points without a gap."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def _when(slot: Slot) -> str:
    return f"{slot.offset_s:g} s to {slot.offset_s + slot.width_s:g} s"


def _latencies(moment: Moment) -> str:
    times = moment.slot.response_time
    if not times:
        return f"{_when(moment.slot)}: nothing ended"
    values = "\n".join(f"{name}: {human_time(times.quantile(q))}" for name, q in CURVES)
    return f"{_when(moment.slot)}\n{values}\n{human_count(times.count)} requests ended"


def _responses(moment: Moment) -> str:
    slot = moment.slot
    return (
        f"{_when(slot)}\n{human_count(moment.rate(slot.completed))} responses per second\n"
        f"{human_count(slot.server_errors)} of 5xx, {human_count(slot.errors)} without a response"
    )
