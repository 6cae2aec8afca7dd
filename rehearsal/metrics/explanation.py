"""Why a query has the value it has: what each part came to, and which series it matched. Pure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.metrics.promql.engine import run
from rehearsal.metrics.promql.errors import PromQLError
from rehearsal.metrics.promql.grammar import compile_query
from rehearsal.metrics.promql.program import Number, Program, Select, SelectRange, Step, Text
from rehearsal.metrics.promql.values import Matrix, Row, Value, metric_text
from rehearsal.metrics.series import MS_PER_S, NAME, SeriesStore

MOST_SERIES = 10
MOST_STEPS = 200
_MOST_TEXT = 500
_COUNTERS = ("_total", "_count", "_bucket", "_upstream_rq", "_requests", "_http_status")
_AMOUNTS = ("_seconds_total", "_bytes_total")


@dataclass(frozen=True)
class Matched:
    """What a selector matched. `series` are the first of `count`, each with its last value.

    `name_is_known` is whether the store has any series of the selector's name at all. `counted` is
    by how much its counters rose in the window, None for what is no window of counters.
    """

    selector: str
    count: int
    series: tuple[str, ...]
    name_is_known: bool
    counted: float | None = None


@dataclass(frozen=True)
class Part:
    """A part of a query, innermost first, and what it came to."""

    text: str
    value: str


@dataclass(frozen=True)
class Explanation:
    """A query at one moment: its value or the error, its selectors, and its parts in between."""

    query: str
    value: str
    error: str
    matched: tuple[Matched, ...]
    parts: tuple[Part, ...]

    @property
    def counted(self) -> float | None:
        """By how much the counters rose that the query looked at: those of its widest selector."""
        return max((m.counted for m in self.matched if m.counted is not None), default=None)

    def lines(self) -> list[str]:
        """The explanation as text, one thought a line."""
        found = [f"query: {self.query.strip()}"]
        found += [f"error: {self.error}"] if self.error else []
        for matched in self.matched:
            found.append(f"  {matched.selector}: {_counted(matched)}")
            found += [f"    {series}" for series in matched.series]
            if matched.count > len(matched.series):
                found.append(f"    and {matched.count - len(matched.series)} more")
        found += [f"  {part.text} = {part.value}" for part in self.parts]
        return found


def explain(query: str, store: SeriesStore, at_s: float) -> Explanation:
    """What a query comes to, and from what. Never raises for a query that is none."""
    seen: list[tuple[Step, object, Value]] = []

    def watch(program: Program, index: int, value: Value) -> None:
        if len(seen) < MOST_STEPS:
            seen.append((program.steps[index], program.nodes[index], value))

    value, error = "", ""
    try:
        value = shown(run(compile_query(query), store, at_s, watch))
    except PromQLError as failure:
        error = str(failure)
    matched = tuple(
        _matched(step, node, result, store)
        for step, node, result in seen
        if isinstance(step, Select | SelectRange)
    )
    parts = tuple(
        Part(_text(node), shown(result))
        for step, node, result in seen
        if not isinstance(step, Number | Text | Select | SelectRange)
    )
    return Explanation(query, value, error, matched, parts)


def shown(value: Value) -> str:
    """A value on one line: elements of a vector by their labels, at most a few."""
    if isinstance(value, str):
        return f'"{value[:_MOST_TEXT]}"'
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Matrix):
        points = sum(len(row.points) for row in value.rows)
        return f"{len(value.rows)} series with {points} samples"
    if not value:
        return "nothing"
    elements = [
        f"{metric_text(e.labels) if e.labels else ''} {e.value:g}".strip()
        for e in value[:MOST_SERIES]
    ]
    return _joined(elements, len(value))


def _joined(elements: Sequence[str], count: int) -> str:
    more = f", and {count - len(elements)} more" if count > len(elements) else ""
    return (", ".join(elements) + more)[:_MOST_TEXT]


def _matched(step: Select | SelectRange, node: object, value: Value, store: SeriesStore) -> Matched:
    if isinstance(value, Matrix):
        series = [f"{metric_text(row.labels)} {_samples(row.points)}" for row in value.rows]
    else:
        assert isinstance(value, list)
        series = [f"{metric_text(e.labels)} {e.value:g}" for e in value]
    names = [m for m in step.matchers if m.label == NAME and m.operator == "="]
    known = any(True for _ in store.select(names)) if names else bool(series)
    counted = _counted_by(value.rows) if isinstance(value, Matrix) else None
    return Matched(_text(node), len(series), tuple(series[:MOST_SERIES]), known, counted)


def _counted_by(rows: Sequence[Row]) -> float | None:
    """Buckets are cumulative: the last holds all. Sums of seconds or bytes count nothing."""
    counts = [row for row in rows if _is_count(row.labels.get(NAME, ""))]
    if any("le" in row.labels for row in counts):
        counts = [row for row in counts if row.labels.get("le") == "+Inf"]
    return sum(_rise(row.points) for row in counts) if counts else None


def _is_count(name: str) -> bool:
    return name.endswith(_COUNTERS) and not name.endswith(_AMOUNTS)


def _rise(points: Sequence[tuple[int, float]]) -> float:
    """A counter that falls was started again from 0."""
    values = [value for _, value in points]
    return sum(b - a if b >= a else b for a, b in itertools.pairwise(values))


def _samples(points: Sequence[tuple[int, float]]) -> str:
    span_s = (points[-1][0] - points[0][0]) / MS_PER_S
    if len(points) == 1:
        return f"{points[0][1]:g} (one sample)"
    return f"{points[0][1]:g} to {points[-1][1]:g} in {len(points)} samples over {span_s:g} s"


def _counted(matched: Matched) -> str:
    if matched.count:
        return "1 series" if matched.count == 1 else f"{matched.count} series"
    return "no series" + ("" if matched.name_is_known else ", and none of that name is known")


def _text(node: object) -> str:
    prettify = getattr(node, "prettify", None)
    text = " ".join(str(prettify()).split()) if prettify is not None else ""
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
