"""What a function of PromQL looks like, and how its arguments are taken."""

from collections.abc import Callable, Sequence

from rehearsal.metrics.promql.program import Call
from rehearsal.metrics.promql.values import Matrix, Value, Vector

Function = Callable[[Call, Sequence[Value], int], Value]


def vector(value: Value) -> Vector:
    """An argument that the parser has found to be an instant vector."""
    assert isinstance(value, list)
    return value


def matrix(value: Value) -> Matrix:
    """An argument that the parser has found to be a range vector."""
    assert isinstance(value, Matrix)
    return value


def scalar(value: Value) -> float:
    """An argument that the parser has found to be a scalar."""
    assert isinstance(value, float)
    return value


def text(value: Value) -> str:
    """An argument that the parser has found to be a string."""
    assert isinstance(value, str)
    return value
