"""PromQL for instant queries: the grammar of `promql-parser`, evaluated over a `SeriesStore`."""

from rehearsal.metrics.promql.engine import evaluate, run
from rehearsal.metrics.promql.errors import (
    PromQLError,
    QueryAbortedError,
    QueryRejectedError,
    QueryUnsupportedError,
)
from rehearsal.metrics.promql.grammar import compile_query
from rehearsal.metrics.promql.values import Element, Matrix, Row, Value, Vector

__all__ = [
    "Element",
    "Matrix",
    "PromQLError",
    "QueryAbortedError",
    "QueryRejectedError",
    "QueryUnsupportedError",
    "Row",
    "Value",
    "Vector",
    "compile_query",
    "evaluate",
    "run",
]
