"""Two services, or two versions of one, beside each other: response times and outcomes. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xray_local.pages import wording
from xray_local.service_graph import STEPS_PER_DECADE, Histogram, Statistics
from xray_local.spans import Health

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM, _TOP = 520, 190, 44, 12, 26, 12
_LEAST_S, _MOST_S = 1e-6, 1e7
_LEAST_STEPS, _MOST_STEPS = 12, 48
_PERCENTILES = (0.5, 0.9, 0.99)

Bars = Sequence[tuple[float, int]]


@dataclass(frozen=True)
class Axis:
    """Response times on a logarithmic axis in steps of equal ratio, the same for both sides."""

    least_s: float
    most_s: float
    steps: int

    def step(self, duration_s: float) -> int:
        """The step that a duration falls into."""
        return min(self.steps - 1, int(self.share(duration_s) * self.steps))

    def share(self, duration_s: float) -> float:
        """Where a duration stands, of 1."""
        span = math.log(self.most_s / self.least_s)
        return min(1.0, max(0.0, math.log(max(duration_s, _LEAST_S) / self.least_s) / span))

    @property
    def ticks(self) -> list[float]:
        """Round durations on it."""
        first, last = math.floor(math.log10(self.least_s)), math.ceil(math.log10(self.most_s))
        decades = range(first, last + 1)
        factors = (1, 2, 5) if len(decades) < 4 else (1, 3) if len(decades) < 6 else (1,)
        found = [f * 10.0**d for d in decades for f in factors]
        return [tick for tick in found if self.least_s <= tick <= self.most_s]


def shared_axis(histograms: Sequence[Histogram]) -> Axis:
    """An axis on which all of these have room; a step is one bucket, or several whole ones."""
    seen = [middle for one in histograms for middle, _ in one.buckets]
    least_s = min(max(min(seen, default=1e-3), _LEAST_S), _MOST_S / 10)
    most_s = min(max(max(seen, default=1e-2), least_s), _MOST_S)
    first = math.floor(math.log10(least_s) * STEPS_PER_DECADE) - 1
    last = math.floor(math.log10(most_s) * STEPS_PER_DECADE) + 2
    buckets = max(last - first, _LEAST_STEPS)
    each = math.ceil(buckets / _MOST_STEPS)
    steps = math.ceil(buckets / each)
    bounds = [float(10 ** (n / STEPS_PER_DECADE)) for n in (first, first + steps * each)]
    return Axis(bounds[0], bounds[1], steps)


def shares(histogram: Histogram, axis: Axis) -> list[float]:
    """The share of its requests in each step, so that sides of different size compare."""
    counts = [0] * axis.steps
    for middle_s, count in histogram.buckets:
        counts[axis.step(middle_s)] += count
    return [count / histogram.count if histogram.count else 0.0 for count in counts]


def histogram_svg(name: str, histogram: Histogram, axis: Axis, most: float, kind: str) -> str:
    """One side; `most` is the share at the top of both, `kind` the class of its bars."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="histogram {kind}" role="img"'
        f' aria-label="{_attribute(f"Response times of {name}: {summary(histogram)}")}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(_parts(histogram, axis, most))}</svg>'
    )


def summary(histogram: Histogram) -> str:
    """Its percentiles in one line."""
    if not histogram.count:
        return "no requests"
    named = (f"p{q * 100:.0f} {wording.duration(histogram.quantile_s(q))}" for q in _PERCENTILES)
    return ", ".join(named)


def _attribute(text: str) -> str:
    text = wording.printable(text, 500)
    for sign, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, escape)
    return text


def _parts(histogram: Histogram, axis: Axis, most: float) -> Iterator[str]:
    bottom, width = _HEIGHT - _BOTTOM, _WIDTH - _LEFT - _RIGHT
    tall = bottom - _TOP
    yield f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>'
    yield f'<text x="{_LEFT - 5}" y="{_TOP + 8}" text-anchor="end">{most * 100:.0f} %</text>'
    yield f'<text x="{_LEFT - 5}" y="{bottom}" text-anchor="end">0</text>'
    step = width / axis.steps
    for i, share in enumerate(shares(histogram, axis)):
        if share:
            height = max(1.5, tall * share / (most or 1.0))
            yield (
                f'<rect class="value" x="{_LEFT + i * step + 0.5:.1f}" width="{step - 1:.1f}"'
                f' y="{bottom - height:.1f}" height="{height:.1f}"/>'
            )
    last = -math.inf
    for tick in axis.ticks:
        x = _LEFT + axis.share(tick) * width
        yield f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
        if x - last > 54 and x < _WIDTH - 22:
            last = x
            label = wording.duration(tick).replace(".00", "").replace(".0 ", " ")
            yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    if histogram.count:
        for q, side in ((0.5, -1), (0.99, 1)):
            x = _LEFT + axis.share(histogram.quantile_s(q)) * width
            anchor = "end" if (side < 0 and x > 80) or x > _WIDTH - 60 else "start"
            y = _TOP - 2 if side < 0 else _TOP + 11
            shift = -4 if anchor == "end" else 4
            yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom}"/>'
            yield (
                f'<text class="mark" x="{x + shift:.1f}" y="{y + 4}" text-anchor="{anchor}">'
                f"p{q * 100:.0f}</text>"
            )


@dataclass(frozen=True)
class Line:
    """One measure of both sides. `worse` is the side that is clearly worse, "" for neither."""

    name: str
    first: str
    second: str
    difference: str
    worse: str = ""


def lines(first: Statistics, second: Statistics) -> list[Line]:
    """The table beneath the histograms."""
    found = [Line("Requests", f"{first.count:,}", f"{second.count:,}", "")]
    for health, name in (
        (Health.FAULT, "Faults (5xx)"),
        (Health.THROTTLE, "Throttled (429)"),
        (Health.ERROR, "Errors (4xx)"),
    ):
        a, b = first.share(health), second.share(health)
        told = (wording.percent(a), wording.percent(b))
        difference = f"{(b - a) * 100:+.1f} points" if first.count and second.count else ""
        found.append(Line(name, *told, difference, _worse(a, b, 0.01, 0.0)))
    means = (first.durations.mean_s, second.durations.mean_s)
    found.append(_time_line("Average", *means, first, second))
    for q in _PERCENTILES:
        pair = (first.durations.quantile_s(q), second.durations.quantile_s(q))
        found.append(_time_line(f"p{q * 100:.0f}", *pair, first, second))
    return found


def _time_line(name: str, a: float, b: float, first: Statistics, second: Statistics) -> Line:
    has_both = bool(first.count and second.count and a > 0)
    difference = f"{(b / a - 1) * 100:+.0f} %" if has_both else ""
    told = [
        wording.duration(value) if one.count else "-" for value, one in ((a, first), (b, second))
    ]
    return Line(name, told[0], told[1], difference, _worse(a, b, 0.0, 0.2) if has_both else "")


def _worse(a: float, b: float, by: float, ratio: float) -> str:
    if b > a * (1 + ratio) + by:
        return "second"
    return "first" if a > b * (1 + ratio) + by else ""
