"""From the text of a query to its program.

The grammar is the one of `promql-parser` (the Rust port of Prometheus' own). It recurses, so that
what could exhaust the stack is refused before; and it is more generous than Prometheus in a few
places, which are refused after.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import promql_parser as ast

from rehearsal.metrics.patterns import PatternError
from rehearsal.metrics.promql.errors import QueryRejectedError, QueryUnsupportedError
from rehearsal.metrics.promql.program import (
    Aggregate,
    Anchor,
    Binary,
    Call,
    Cardinality,
    Grouping,
    Negate,
    Number,
    Program,
    Select,
    SelectRange,
    Shift,
    Step,
    Subquery,
    Text,
)
from rehearsal.metrics.promql.rejection import rejected
from rehearsal.metrics.promql.tokens import Token, check_bounds, tokenize
from rehearsal.metrics.promql.types import TypeMismatchError, check_types
from rehearsal.metrics.series import NAME, Matcher

LOOKBACK_MS = 300_000  # how far back an instant selector looks (Prometheus' default)
SUBQUERY_STEP_MS = 60_000  # of a subquery that names none (Prometheus' evaluation interval)
MAX_SUBQUERY_DEPTH = 8

_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The parser's enumerations cannot be hashed; their texts can.
_OPERATORS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}
_CARDINALITIES: dict[str, Cardinality] = {
    "VectorMatchCardinality.OneToOne": "one-to-one",
    "VectorMatchCardinality.ManyToOne": "many-to-one",
    "VectorMatchCardinality.OneToMany": "one-to-many",
    "VectorMatchCardinality.ManyToMany": "many-to-many",
}
_ANCHORS: dict[str, Anchor] = {"AtModifierType.Start": "start", "AtModifierType.End": "end"}
_EXPERIMENTAL_AGGREGATIONS = ("limitk", "limit_ratio")
_FLAG = "--enable-feature=promql-experimental-functions"


@lru_cache(maxsize=512)
def compile_query(query: str) -> Program:
    """The program of a query.

    Raises QueryRejectedError where Prometheus would refuse it, QueryUnsupportedError where
    only we do.
    """
    tokens = tokenize(query)
    check_bounds(query, tokens)
    return _Compiler(query, tokens).compile(_parse(query, tokens), 0)


def _parse(query: str, tokens: Sequence[Token]) -> Any:
    try:
        return ast.parse(query)
    except ValueError as error:
        raise rejected(query, tokens, str(error)) from None


class _Compiler:
    """Walks a tree in post-order with a stack of its own."""

    def __init__(self, query: str, tokens: Sequence[Token]) -> None:
        self._query = query
        self._tokens = tokens

    def compile(self, root: Any, depth: int) -> Program:
        if depth > MAX_SUBQUERY_DEPTH:
            raise QueryUnsupportedError(f"subqueries nest deeper than {MAX_SUBQUERY_DEPTH}")
        steps, nodes = list[Step](), list[Any]()
        todo: list[tuple[Any, bool]] = [(root, False)]
        while todo:
            node, visited = todo.pop()
            children = [] if visited else _children(node)
            if children:
                todo.append((node, True))
                todo.extend((child, False) for child in reversed(children))
            elif isinstance(node, ast.ParenExpr):
                continue
            else:
                steps.append(self._step(node, depth))
                nodes.append(node)
        try:
            check_types(steps, nodes)
        except TypeMismatchError as fault:
            raise rejected(self._query, self._tokens, str(fault)) from None
        reach_ms = max((_reach_ms(step) for step in steps), default=0)
        return Program(tuple(steps), reach_ms, tuple(nodes))

    def _step(self, node: Any, depth: int) -> Step:
        match node:
            case ast.NumberLiteral():
                return Number(node.val)
            case ast.StringLiteral():
                return Text(node.val)
            case ast.VectorSelector():
                return Select(self._matchers(node), _shift(node))
            case ast.MatrixSelector():
                selector = node.vector_selector
                return SelectRange(self._matchers(selector), _shift(selector), _ms(node.range))
            case ast.SubqueryExpr():
                step_ms = _ms(node.step) or SUBQUERY_STEP_MS
                inner = self.compile(node.expr, depth + 1)
                return Subquery(inner, _shift(node), _ms(node.range), max(1, step_ms))
            case ast.UnaryExpr():
                return Negate()
            case ast.Call():
                return self._call(node)
            case ast.AggregateExpr():
                return self._aggregate(node)
            case ast.BinaryExpr():
                return _binary(node)
        raise QueryUnsupportedError(f"{type(node).__name__} is not evaluated here")

    def _matchers(self, selector: Any) -> tuple[Matcher, ...]:
        if selector.matchers.or_matchers:
            raise rejected(self._query, self._tokens, "invalid promql query")
        named = [Matcher(NAME, "=", selector.name)] if selector.name else []
        try:
            given = [
                Matcher(matcher.name, _OPERATORS[str(matcher.op)], matcher.value)
                for matcher in selector.matchers.matchers
            ]
        except PatternError as error:
            raise QueryRejectedError(str(error)) from None
        return (*named, *given)

    def _call(self, node: Any) -> Call:
        name, arguments = node.func.name, node.args
        if node.func.experimental:
            raise rejected(self._query, self._tokens, f"function '{name}' is not enabled")
        implied = _implied(arguments[0]) if name.startswith("absent") else ()
        return Call(name, len(arguments), implied)

    def _aggregate(self, node: Any) -> Aggregate:
        operation = str(node.op)
        if operation in _EXPERIMENTAL_AGGREGATIONS:
            reason = f"{operation}() is experimental and must be enabled with {_FLAG}"
            raise rejected(self._query, self._tokens, reason)
        modifier = node.modifier
        grouping = Grouping()
        if modifier is not None:
            excluding = modifier.type == ast.AggModifierType.Without
            grouping = Grouping(tuple(modifier.labels), excluding)
        return Aggregate(operation, grouping, node.param is not None)


def _binary(node: Any) -> Binary:
    operator, modifier = str(node.op), node.modifier
    if modifier is None:
        return Binary(operator)
    fill = modifier.fill_values
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        raise QueryUnsupportedError("fill modifiers are not evaluated here")
    grouping = Grouping(excluding=True)
    if modifier.matching is not None:
        excluding = modifier.matching.type == ast.LabelModifierType.Exclude
        grouping = Grouping(tuple(modifier.matching.labels), excluding)
    cardinality = _CARDINALITIES[str(modifier.card)]
    include = tuple(modifier.group_labels or ())
    return Binary(operator, bool(modifier.return_bool), grouping, cardinality, include)


def _children(node: Any) -> list[Any]:
    match node:
        case ast.ParenExpr() | ast.UnaryExpr():
            return [node.expr]
        case ast.BinaryExpr():
            return [node.lhs, node.rhs]
        case ast.Call():
            return list(node.args)
        case ast.AggregateExpr():
            parameter = node.param
            return [node.expr] if parameter is None else [parameter, node.expr]
    return []


def _shift(node: Any) -> Shift:
    offset_ms = _ms(node.offset)
    if node.at is None:
        return Shift(offset_ms)
    anchor = _ANCHORS.get(str(node.at.type))
    return Shift(offset_ms, anchor or round((node.at.at - _EPOCH) / _MS))


def _implied(argument: Any) -> tuple[tuple[str, str], ...]:
    """The labels that the selector inside `absent` says what is absent would have."""
    while isinstance(argument, ast.ParenExpr):
        argument = argument.expr
    if isinstance(argument, ast.MatrixSelector):
        argument = argument.vector_selector
    if not isinstance(argument, ast.VectorSelector):
        return ()
    return tuple(_equalities(argument.matchers.matchers))


def _equalities(matchers: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for matcher in matchers:
        named_once = [m.name for m in matchers].count(matcher.name) == 1
        if named_once and matcher.name != NAME and matcher.op == ast.MatchOp.Equal:
            yield matcher.name, matcher.value


def _reach_ms(step: Step) -> int:
    match step:
        case Select(shift=shift):
            return LOOKBACK_MS + max(0, shift.offset_ms)
        case SelectRange(shift=shift, range_ms=range_ms):
            return range_ms + max(0, shift.offset_ms)
        case Subquery(program=program, shift=shift, range_ms=range_ms):
            return program.reach_ms + range_ms + max(0, shift.offset_ms)
    return 0


def _ms(duration: timedelta | None) -> int:
    return round(duration / _MS) if duration is not None else 0
