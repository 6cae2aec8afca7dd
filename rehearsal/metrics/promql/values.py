"""The four types of value in a query: a scalar, a string, an instant vector, a range vector."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.metrics.promql.errors import QueryAbortedError
from rehearsal.metrics.series import NAME, Labels, Point


@dataclass(frozen=True, slots=True)
class Element:
    """One labelled value; `time_ms` is its sample's time where it comes straight from a series."""

    labels: dict[str, str]
    value: float
    time_ms: int | None = None


Vector = list[Element]


@dataclass(frozen=True, slots=True)
class Row:
    """One series inside a range vector."""

    labels: dict[str, str]
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A range vector, and the window that it was cut from (open at its start)."""

    rows: list[Row]
    start_ms: int
    end_ms: int


Value = float | str | Vector | Matrix


def unnamed(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels without the metric's name."""
    return {name: value for name, value in labels.items() if name != NAME}


def labels_key(labels: Mapping[str, str]) -> Labels:
    """Labels as something that can be looked up."""
    return tuple(sorted(labels.items()))


def distinct(vector: Vector) -> Vector:
    """The vector itself; QueryAbortedError where two elements have come to have the same labels."""
    seen = {labels_key(element.labels) for element in vector}
    if len(seen) != len(vector):
        raise QueryAbortedError("vector cannot contain metrics with the same labelset")
    return vector


def mapped(vector: Vector, change: Callable[[float], float]) -> Vector:
    """Every value changed; the metric's name no longer fits and is dropped."""
    return distinct([Element(unnamed(e.labels), change(e.value)) for e in vector])


def metric_text(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus prints a metric: `rate{code="200", pod="a"}`."""
    inside = ", ".join(f'{k}="{_escaped(v)}"' for k, v in sorted(labels.items()) if k != NAME)
    name = labels.get(NAME, "")
    return f"{name}{{{inside}}}" if inside or not name else name


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
