"""The queries of metrics, rendered as Flagger does and taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.canary.resources import MetricTemplateSpec
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.flagger.controller import templates
from rehearsal.flagger.controller.errors import PortError
from rehearsal.manifests import CanaryManifest, Manifest, as_canary
from rehearsal.metrics.promql.tree import Node, parse_tree
from rehearsal.metrics.series import NAME, Matcher

_GENERATED = "6d4b75cb6d-x2x4q"
_SERVICE_LABELS = ("service", "ingress", "host", "vhost", "authority", "backend")
_SHARED_LABELS = ("container", "container_name", "job", "image", "namespace")


class Surroundings(Protocol):
    """What a query is rendered with: the Canary, and the templates that it refers to."""

    @property
    def manifest(self) -> CanaryManifest: ...

    @property
    def spec(self) -> CanarySpec: ...

    @property
    def apex(self) -> str: ...

    @property
    def namespace(self) -> str: ...

    def metrics(self) -> Iterator[tuple[Path, Metric]]: ...

    def template_of(self, metric: Metric) -> Manifest[MetricTemplateSpec] | None: ...


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


def read_queries(subject: Surroundings) -> Iterator[Query]:
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
    subject: Surroundings, metric: Metric, path: Path, holder: Manifest[Any], at: Path, text: str
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


def tells_canary_apart(subject: Surroundings, tree: Node) -> bool:
    """Whether some selector finds the canary's series and not the primary's."""
    return any(_tells(subject, matchers) for matchers in tree.selectors())


def _tells(subject: Surroundings, matchers: tuple[Matcher, ...]) -> bool:
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


def _names(subject: Surroundings) -> tuple[str, ...]:
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
