"""Evaluation of a program over a store at one instant, as Prometheus' instant query does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rehearsal.metrics.promql.aggregation import aggregate
from rehearsal.metrics.promql.binary import calculate
from rehearsal.metrics.promql.errors import QueryAbortedError, QueryUnsupportedError
from rehearsal.metrics.promql.functions import call
from rehearsal.metrics.promql.grammar import LOOKBACK_MS, compile_query
from rehearsal.metrics.promql.program import (
    Aggregate,
    Binary,
    Call,
    Negate,
    Number,
    Program,
    Select,
    SelectRange,
    Shift,
    Step,
    Subquery,
    Text,
    operands,
)
from rehearsal.metrics.promql.values import Element, Matrix, Row, Value, Vector, mapped
from rehearsal.metrics.series import Labels, Point, Series, SeriesStore, milliseconds

MAX_POINTS = 5_000_000
MAX_SUBQUERY_STEPS = 11_000

Watch = Callable[[Program, int, Value], None]


def evaluate(query: str, store: SeriesStore, at_s: float) -> Value:
    """The value of a query at an instant.

    Raises QueryRejectedError, QueryAbortedError or QueryUnsupportedError, and nothing else.
    """
    return run(compile_query(query), store, at_s)


def run(program: Program, store: SeriesStore, at_s: float, watch: Watch | None = None) -> Value:
    """Carry out a program; `watch` sees the index and the value of every outer step."""
    store.keep(program.reach_ms + LOOKBACK_MS)
    at_ms = milliseconds(at_s)
    return _Evaluation(store, at_ms).run(program, at_ms, watch)


@dataclass
class _Evaluation:
    """One query's evaluation, with what it may still load."""

    store: SeriesStore
    query_ms: int
    points_left: int = MAX_POINTS
    steps_left: int = MAX_SUBQUERY_STEPS
    selected: dict[int, list[Series]] = field(default_factory=dict)

    def run(self, program: Program, at_ms: int, watch: Watch | None = None) -> Value:
        stack = list[Value]()
        for index, step in enumerate(program.steps):
            count = operands(step)
            taken = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(self._step(step, taken, at_ms))
            if watch is not None:
                watch(program, index, stack[-1])
        return stack[-1]

    def _step(self, step: Step, taken: Sequence[Value], at_ms: int) -> Value:
        match step:
            case Number(value):
                return value
            case Text(text):
                return text
            case Select():
                return self._select(step, at_ms)
            case SelectRange():
                return self._select_range(step, at_ms)
            case Subquery():
                return self._subquery(step, at_ms)
            case Negate():
                return _negated(taken[0])
            case Call():
                return call(step, taken, at_ms)
            case Aggregate():
                return aggregate(step, taken)
            case Binary():
                return calculate(step, *taken)

    def _select(self, step: Select, at_ms: int) -> Vector:
        until_ms = self._shifted(step.shift, at_ms)
        found = Vector()
        for series in self._series(step):
            point = series.latest(until_ms - LOOKBACK_MS, until_ms)
            if point is not None:
                found.append(Element(dict(series.labels), point[1], point[0]))
        self._spend(len(found))
        return found

    def _select_range(self, step: SelectRange, at_ms: int) -> Matrix:
        end_ms = self._shifted(step.shift, at_ms)
        start_ms = end_ms - step.range_ms
        rows = list[Row]()
        for series in self._series(step):
            points = series.between(start_ms, end_ms)
            if points:
                self._spend(len(points))
                rows.append(Row(series.labels, points))
        return Matrix(rows, start_ms, end_ms)

    def _subquery(self, step: Subquery, at_ms: int) -> Matrix:
        end_ms = self._shifted(step.shift, at_ms)
        start_ms = end_ms - step.range_ms
        rows: dict[Labels, Row] = {}
        first_ms = (start_ms // step.step_ms + 1) * step.step_ms
        for time_ms in range(first_ms, end_ms + 1, step.step_ms):
            self._spend_step()
            value = self.run(step.program, time_ms)
            for labels, number in _elements(value):
                key = tuple(sorted(labels.items()))
                rows.setdefault(key, Row(labels, list[Point]())).points.append((time_ms, number))
        return Matrix(list(rows.values()), start_ms, end_ms)

    def _series(self, step: Select | SelectRange) -> list[Series]:
        """The series of a selector, looked up once in an evaluation however often it runs."""
        found = self.selected.get(id(step))
        if found is None:
            found = self.selected[id(step)] = list(self.store.select(step.matchers))
        return found

    def _shifted(self, shift: Shift, at_ms: int) -> int:
        base_ms = at_ms if shift.at_ms is None else shift.at_ms
        if isinstance(base_ms, str):
            base_ms = self.query_ms
        return base_ms - shift.offset_ms

    def _spend(self, points: int) -> None:
        self.points_left -= points
        if self.points_left < 0:
            raise QueryAbortedError(
                "query processing would load too many samples into memory in query execution"
            )

    def _spend_step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise QueryUnsupportedError(f"its subqueries take more than {MAX_SUBQUERY_STEPS} steps")


def _elements(value: Value) -> list[tuple[dict[str, str], float]]:
    if isinstance(value, float):
        return [({}, value)]
    assert isinstance(value, list)
    return [(element.labels, element.value) for element in value]


def _negated(value: Value) -> Value:
    if isinstance(value, float):
        return -value
    assert isinstance(value, list)
    return mapped(value, lambda number: -number)
