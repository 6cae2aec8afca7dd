"""A query as a program: its steps in the order in which they are carried out.

A tree is walked once when it is compiled, without recursion, and then run like a pocket calculator:
each step takes its operands from the end of a stack and leaves its value there. So the depth of a
query is bounded by memory, not by Python's stack.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.metrics.series import Matcher

Anchor = Literal["start", "end"]
Cardinality = Literal["one-to-one", "many-to-one", "one-to-many", "many-to-many"]


@dataclass(frozen=True)
class Shift:
    """When a selector is read: `offset`, and `@` with a time or the query's own."""

    offset_ms: int = 0
    at_ms: int | Anchor | None = None


@dataclass(frozen=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True)
class Text:
    """A string literal."""

    value: str


@dataclass(frozen=True)
class Select:
    """An instant vector: the latest sample of every series that matches."""

    matchers: tuple[Matcher, ...]
    shift: Shift


@dataclass(frozen=True)
class SelectRange:
    """A range vector: `x[1m]`."""

    matchers: tuple[Matcher, ...]
    shift: Shift
    range_ms: int


@dataclass(frozen=True)
class Subquery:
    """A range vector out of an expression that is evaluated again and again: `rate(x[1m])[5m:]`."""

    program: "Program"
    shift: Shift
    range_ms: int
    step_ms: int


@dataclass(frozen=True)
class Negate:
    """A unary minus."""


@dataclass(frozen=True)
class Call:
    """A function. `implied` has the labels that `absent` gives to what is not there."""

    function: str
    arity: int
    implied: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grouping:
    """`by (…)`, `without (…)`; `on (…)`, `ignoring (…)`."""

    labels: tuple[str, ...] = ()
    excluding: bool = False


@dataclass(frozen=True)
class Aggregate:
    """`sum(x) by (y)`; with `parametrised`, the parameter is the first operand."""

    operation: str
    grouping: Grouping
    parametrised: bool


@dataclass(frozen=True)
class Binary:
    """An operation on two operands. `include` are the labels of `group_left` or `group_right`.

    `grouping` excluding nothing is Prometheus' default: all labels but the name have to agree.
    """

    operator: str
    return_bool: bool = False
    grouping: Grouping = Grouping(excluding=True)
    cardinality: Cardinality = "one-to-one"
    include: tuple[str, ...] = ()


Step = Number | Text | Select | SelectRange | Subquery | Negate | Call | Aggregate | Binary


@dataclass(frozen=True)
class Program:
    """The steps of an expression, and the parser's node of each, for explanations.

    `reach_ms` is how far back its selectors look from the time of evaluation.
    """

    steps: tuple[Step, ...]
    reach_ms: int
    nodes: tuple[Any, ...] = field(default=(), compare=False, repr=False)


def operands(step: Step) -> int:
    """How many values a step takes from the stack."""
    match step:
        case Negate():
            return 1
        case Binary():
            return 2
        case Call(arity=arity):
            return arity
        case Aggregate(parametrised=parametrised):
            return 2 if parametrised else 1
        case _:
            return 0
