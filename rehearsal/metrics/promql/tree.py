"""A query as a tree again: what lint and odds ask about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.metrics.promql.errors import QueryRejectedError, QueryUnsupportedError
from rehearsal.metrics.promql.grammar import compile_query
from rehearsal.metrics.promql.program import (
    Binary,
    Call,
    Number,
    Program,
    Select,
    SelectRange,
    Step,
    Subquery,
    operands,
)
from rehearsal.metrics.series import NAME, Matcher

_ERROR_LABELS = ("status", "code", "outcome", "result", "classification", "response_flags")
_ERROR_VALUES = ("5", "4", "[45", "(5", "error", "fail", "server_error", "true")


@dataclass(frozen=True)
class Node:
    """An expression: its operation and its operands."""

    step: Step
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """The node and everything in it."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.children))

    def selectors(self) -> Iterator[tuple[Matcher, ...]]:
        """The matchers of every selector in it."""
        for node in self.walk():
            if isinstance(node.step, Select | SelectRange):
                yield node.step.matchers

    def has_operator(self, *operators: str) -> bool:
        """Whether one of the binary operators is in it."""
        steps = (node.step for node in self.walk())
        return any(isinstance(step, Binary) and step.operator in operators for step in steps)

    @property
    def is_scaled(self) -> bool:
        """Whether something in it is multiplied or divided by a number."""
        return any(
            isinstance(node.step, Binary)
            and node.step.operator in ("*", "/")
            and any(isinstance(child.step, Number) for child in node.children)
            for node in self.walk()
        )

    def calls(self, *functions: str) -> bool:
        """Whether one of the functions is in it."""
        steps = (node.step for node in self.walk())
        return any(isinstance(step, Call) and step.function in functions for step in steps)


def parse_tree(rendered: str) -> tuple[str, Node | None]:
    """Prometheus' complaint about a query, or its tree; neither where only we cannot read it."""
    try:
        return "", _tree(compile_query(rendered))
    except QueryRejectedError as error:
        return str(error), None
    except QueryUnsupportedError:
        return "", None


def _tree(program: Program) -> Node:
    """The program's tree again, from the order in which it is carried out."""
    stack: list[Node] = []
    for step in program.steps:
        if isinstance(step, Subquery):
            stack.append(Node(step, (_tree(step.program),)))
            continue
        count = operands(step)
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(Node(step, tuple(taken)))
    return stack[-1]


def ratio(tree: Node) -> tuple[Node, Node, float] | None:
    """Numerator, denominator and factor of a query that is a quotient, as `a / b * 100`."""
    factor, node = 1.0, tree
    for _ in range(8):
        step = node.step
        if not isinstance(step, Binary):
            return None
        left, right = node.children
        if step.operator == "/" and not isinstance(right.step, Number):
            return _unscaled(left, right, factor)
        if step.operator == "*" and isinstance(right.step, Number):
            factor, node = factor * right.step.value, left
        elif step.operator == "*" and isinstance(left.step, Number):
            factor, node = factor * left.step.value, right
        elif step.operator == "-" and isinstance(left.step, Number):
            node = right
        elif step.operator == "or":
            node = left
        else:
            return None
    return None


def _unscaled(part: Node, whole: Node, factor: float) -> tuple[Node, Node, float]:
    """With the factor that the numerator is multiplied by: `100 * a / b` is `(100 * a) / b`."""
    if isinstance(part.step, Binary) and part.step.operator == "*":
        left, right = part.children
        if isinstance(left.step, Number):
            return right, whole, factor * left.step.value
        if isinstance(right.step, Number):
            return left, whole, factor * right.step.value
    return part, whole, factor


def counts_errors(node: Node) -> bool:
    """Whether it selects requests that failed."""
    for matchers in node.selectors():
        for matcher in matchers:
            labelled = any(word in matcher.label for word in _ERROR_LABELS)
            value = matcher.value.lower().lstrip("^(")
            if matcher.operator in ("=", "=~") and labelled and value.startswith(_ERROR_VALUES):
                return True
    return False


def metric_names(tree: Node) -> set[str]:
    """The names of the series that are asked for."""
    return {
        matcher.value
        for matchers in tree.selectors()
        for matcher in matchers
        if matcher.label == NAME and matcher.operator == "="
    }


def shortest_window_s(tree: Node) -> float | None:
    """The shortest range of a selector, in seconds."""
    ranges = [one.step.range_ms for one in tree.walk() if isinstance(one.step, SelectRange)]
    return min(ranges) / 1000 if ranges else None
