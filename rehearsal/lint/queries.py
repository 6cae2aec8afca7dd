"""The queries of metrics, rendered as Flagger does and taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.flagger.controller import templates
from rehearsal.flagger.controller.errors import PortError
from rehearsal.manifests import Manifest, as_canary
from rehearsal.metrics.promql import QueryRejectedError, QueryUnsupportedError, compile_query
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

if TYPE_CHECKING:
    from rehearsal.lint.subject import Subject

_GENERATED = "6d4b75cb6d-x2x4q"
_SERVICE_LABELS = ("service", "ingress", "host", "vhost", "authority", "backend")
_SHARED_LABELS = ("container", "container_name", "job", "image", "namespace")
_ERROR_LABELS = ("status", "code", "outcome", "result", "classification", "response_flags")
_ERROR_VALUES = ("5", "4", "[45", "(5", "error", "fail", "server_error", "true")


@dataclass(frozen=True)
class Query:
    """One metric's query: where it is written, its template, and what became of it.

    `error` says why Flagger could not render or Prometheus not read it; `tree` is None then, and
    for what only our own evaluator cannot read.
    """

    metric: Metric
    metric_path: Path
    holder: Manifest[Any]
    path: Path
    template: str
    rendered: str = ""
    error: str = ""
    tree: Node | None = None

    @property
    def uses_interval(self) -> bool:
        """Whether the template asks for the interval."""
        return "interval" in self.template


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

    def calls(self, *functions: str) -> bool:
        """Whether one of the functions is in it."""
        steps = (node.step for node in self.walk())
        return any(isinstance(step, Call) and step.function in functions for step in steps)


def read_queries(subject: Subject) -> Iterator[Query]:
    """The custom PromQL queries of a canary whose text is at hand."""
    for path, metric in subject.metrics():
        if metric.query:
            yield _query(subject, metric, path, subject.manifest, (*path, "query"), metric.query)
        template = subject.template_of(metric)
        if template is not None:
            text = template.spec.query
            found = _query(subject, metric, path, template, ("spec", "query"), text)
            if template.spec.provider.type == "prometheus" or found.error.startswith("template"):
                yield found


def _query(
    subject: Subject, metric: Metric, path: Path, holder: Manifest[Any], at: Path, text: str
) -> Query:
    """`interval` has a default only where the query is written in the Canary."""
    interval = metric.interval or "1m"
    model = templates.model_of(as_canary(subject.manifest), metric, interval)
    try:
        rendered = templates.collapse(templates.render(text, model))
    except PortError as error:
        return Query(metric, path, holder, at, text, error=str(error))
    error_text, tree = parse_tree(rendered)
    return Query(metric, path, holder, at, text, rendered, error_text, tree)


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


def tells_canary_apart(subject: Subject, tree: Node) -> bool:
    """Whether some selector finds the canary's series and not the primary's."""
    return any(_tells(subject, matchers) for matchers in tree.selectors())


def _tells(subject: Subject, matchers: tuple[Matcher, ...]) -> bool:
    """Whether a matcher takes a form of the canary's name, and none of the primary's."""
    canaries = [form for name in _names(subject) for form in _forms(name, subject.namespace)]
    primaries = [
        form
        for name in (subject.spec.target_ref.name, subject.apex)
        for form in _forms(f"{name}-primary", subject.namespace)
    ]
    for matcher in matchers:
        if "canary" in matcher.label or "canary" in matcher.value:
            return True
        if matcher.label == NAME or _is_of_both(matcher.label):
            continue
        if matcher.operator in ("!=", "!~"):
            if "primary" in matcher.value:
                return True
        elif _takes(matcher, canaries) and not _takes(matcher, primaries):
            return True
    return False


def _takes(matcher: Matcher, forms: list[str]) -> bool:
    return any(matcher.matches({matcher.label: form}) for form in forms)


def _names(subject: Subject) -> tuple[str, ...]:
    """Names by which a query may speak of the canary."""
    spec = subject.spec
    refs = (spec.route_ref, spec.upstream_ref)
    named = [ref.name for ref in refs if ref is not None]
    return (spec.target_ref.name, subject.apex, subject.manifest.name, *named)


def _forms(name: str, namespace: str) -> tuple[str, ...]:
    """How a workload may be called in labels."""
    pod = f"{name}-{_GENERATED}"
    return (
        *(name, pod, f"{name}.{namespace}", f"{name}.{namespace}.svc.cluster.local"),
        *(f"{namespace}-{name}", f"{namespace}_{name}", f"{namespace}/{name}"),
        *(f"{namespace}-{name}-80", f"{namespace}_{name}_80", f"{namespace}/{pod}"),
    )


def _is_of_both(label: str) -> bool:
    """Whether the label names what both versions have: the apex, a container, a scrape job."""
    return label in _SHARED_LABELS or any(word in label for word in _SERVICE_LABELS)


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
