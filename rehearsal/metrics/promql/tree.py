"""The syntax tree of a query."""

from dataclasses import dataclass

from rehearsal.metrics.series import Matcher


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Selector:
    """`name{label="x"}[1m]`; `range_s` is None for an instant vector."""

    matchers: tuple[Matcher, ...]
    range_s: float | None = None


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Aggregate:
    """`sum(x) by (a)`; `labels` None means all series as one."""

    operation: str
    operand: "Node"
    labels: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Negative:
    operand: "Node"


Node = Number | Selector | Call | Aggregate | Binary | Negative
