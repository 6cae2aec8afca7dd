"""The types of a query's parts: what Prometheus checks before it evaluates, and we before we do.

The parser checks most of it; what it lets pass (`exp(1)`) must not meet the evaluator.
"""

from collections.abc import Sequence
from typing import Any

from rehearsal.metrics.promql.program import (
    Aggregate,
    Binary,
    Call,
    Negate,
    Number,
    Select,
    Step,
    Text,
    operands,
)

_PARAMETERS = {"count_values": "string"}
_SETS = ("and", "or", "unless")


class TypeMismatchError(ValueError):
    """A part of the wrong type; the text is the parser's own form of Prometheus' sentence."""


def check_types(steps: Sequence[Step], nodes: Sequence[Any]) -> None:
    """Raise TypeMismatchError unless every operand has a type that its step can take."""
    stack = list[str]()
    for step, node in zip(steps, nodes, strict=True):
        count = operands(step)
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(_type(step, node, taken))


def _type(step: Step, node: Any, taken: Sequence[str]) -> str:
    match step:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Select():
            return "vector"
        case Negate():
            return _of_unary(taken[0])
        case Call():
            return _of_call(step, node.func, taken)
        case Aggregate():
            return _of_aggregate(step, taken)
        case Binary():
            return _of_binary(step, taken)
        case _:
            return "matrix"


def _of_unary(operand: str) -> str:
    if operand not in ("scalar", "vector"):
        raise TypeMismatchError(
            f"unary expression only allowed on expressions of type scalar or vector, got: {operand}"
        )
    return operand


def _of_call(step: Call, function: Any, taken: Sequence[str]) -> str:
    expected = [_name(kind) for kind in function.arg_types]
    if step.arity > len(expected):
        expected += expected[-1:] * (step.arity - len(expected))
    for actual, wanted in zip(taken, expected, strict=False):
        if actual != wanted:
            raise TypeMismatchError(
                f"expected type {wanted} in call to function '{step.function}', got {actual}"
            )
    return _name(function.return_type)


def _of_aggregate(step: Aggregate, taken: Sequence[str]) -> str:
    if taken[-1] != "vector":
        raise TypeMismatchError(f"expected type vector in aggregation expression, got {taken[-1]}")
    wanted = _PARAMETERS.get(step.operation, "scalar")
    if step.parametrised and taken[0] != wanted:
        raise TypeMismatchError(f"expected type {wanted} in aggregation parameter, got {taken[0]}")
    return "vector"


def _of_binary(step: Binary, taken: Sequence[str]) -> str:
    if not set(taken) <= {"scalar", "vector"}:
        raise TypeMismatchError(
            "binary expression must contain only scalar and instant vector types"
        )
    if step.operator in _SETS and "scalar" in taken:
        raise TypeMismatchError(
            f"set operator '{step.operator}' not allowed in binary scalar expression"
        )
    return "vector" if "vector" in taken else "scalar"


def _name(kind: Any) -> str:
    return str(kind).rpartition(".")[2].lower()
