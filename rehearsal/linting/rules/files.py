"""Rules on what is written: fields that nobody reads, names that lead nowhere, things left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rehearsal.flagger.canary.names import label_error, name_error
from rehearsal.flagger.canary.problems import suggestion
from rehearsal.flagger.canary.unknown import unknown_paths
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.rules.examples import SCALED, autoscaler
from rehearsal.linting.subject import Subject
from rehearsal.manifests import missing_references, references

_OLD_APIS = {
    "autoscaling/v2beta1": ("1.25", "autoscaling/v2"),
    "autoscaling/v2beta2": ("1.26", "autoscaling/v2"),
    "networking.k8s.io/v1beta1": ("1.22", "networking.k8s.io/v1"),
    "extensions/v1beta1": ("1.22", "networking.k8s.io/v1"),
}
_PLACEHOLDER = re.compile(
    r"<[A-Za-z][A-Za-z0-9_ -]{1,40}>|\$\{[A-Z][A-Z0-9_]{1,40}\}|\{\{[^{}]{1,80}\}\}"
    r"|\b(?:CHANGE[_-]?ME|REPLACE[_-]?ME|YOUR[_-][A-Z_-]{2,40}|TODO|FIXME|XXX+)\b"
)


@rule(
    "unknown-field",
    "warning",
    reason="The API server drops fields that the schema does not know (kubectl only warns, and"
    " GitOps tools do not even that): a misspelt field has no effect.",
    remedy="Correct the name, or remove the field.",
    bad="analysis: {stepWeight: 10, maxWieght: 50}",
    good="analysis: {stepWeight: 10, maxWeight: 50}",
    source=("Flagger's CRD", "fluxcd/flagger#1716"),
)
def unknown_field(subject: Subject) -> Iterator[Hit]:
    for path, known in unknown_paths(subject.spec, subject.manifest.raw["spec"], ("spec",)):
        hint = suggestion(str(path[-1]), known)
        text = f"unknown field, ignored by the API server{hint}"
        yield Hit(subject.manifest, path, text)


@rule(
    "missing-reference",
    "warning",
    reason="The Canary names an object that is in none of the files, though others of its kind are:"
    " it is misspelt, in another namespace, or, where a whole folder was given, forgotten."
    " Without it Flagger cannot initialise the canary, or fails its checks.",
    remedy="Correct the name, or give lint the file too.",
    bad="""\
analysis: {metrics: [{name: m, interval: 1m, thresholdRange: {max: 1}, templateRef: {name: lat}}]}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: late, namespace: flagger}
spec:
  provider: {type: prometheus, address: "http://p:9090"}
  query: rate(x{app="{{ target }}"}[{{ interval }}])
""",
    good="""\
analysis: {metrics: [{name: m, interval: 1m, thresholdRange: {max: 1}, templateRef: {name: late}}]}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: late, namespace: flagger}
spec:
  provider: {type: prometheus, address: "http://p:9090"}
  query: rate(x{app="{{ target }}"}[{{ interval }}])
""",
    source=("fluxcd/flagger#839", "the target of 8 of 206 public Canaries"),
)
def missing_reference(subject: Subject) -> Iterator[Hit]:
    for one in missing_references(subject.manifest, subject.manifests):
        given = subject.manifests.of_kind(one.kind)
        elsewhere = [other.namespace for other in given if other.name == one.name]
        hint = suggestion(one.name, [other.name for other in given if other.name != one.name])
        if elsewhere:
            hint = f"; one of that name is in {', '.join(sorted(set(elsewhere)))}"
        if not given or not (hint or subject.options.is_complete):
            continue
        text = f"{one.kind} {one.name}.{one.namespace} is in none of the files{hint}"
        yield Hit(one.holder, one.path, text)


@rule(
    "not-given",
    "info",
    reason="What the Canary names was not given to lint, so that it could not be looked at.",
    remedy="Give lint the other files or their folder.",
    bad="""\
autoscalerRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: detail}
""",
    good="""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: detail, namespace: flagger}
spec:
  selector: {matchLabels: {app: detail}}
  template:
    metadata: {labels: {app: detail}}
    spec:
      containers:
        - name: detail
          image: detail:1.0
          readinessProbe: {httpGet: {path: /ping, port: 3000}}
""",
    source="rehearse lint",
)
def not_given(subject: Subject) -> Iterator[Hit]:
    missing: dict[str, None] = {}
    for one in references(subject.manifest, subject.manifests):
        found = subject.manifests.find(one.kind, one.namespace, one.name, one.holder)
        if one.optional or found is not None:
            continue
        missing[f"{one.kind} {one.name}.{one.namespace}"] = None
    if missing:
        text = f"not looked at, since not given: {', '.join(missing)}"
        yield Hit(subject.manifest, ("spec",), text)


@rule(
    "invalid-name",
    "error",
    reason="A name with capital letters, underscores or slashes is no name of a Kubernetes object:"
    " nothing can be called that, so that the reference leads nowhere.",
    remedy="Correct the name.",
    bad="analysis: {alerts: [{name: a, severity: info, providerRef: {name: On_Call}}]}",
    good="analysis: {alerts: [{name: a, severity: info, providerRef: {name: on-call}}]}",
    source="RFC 1123; kubernetes pkg/apis/core/validation",
)
def invalid_name(subject: Subject) -> Iterator[Hit]:
    seen: set[Path] = set()
    for one in references(subject.manifest, subject.manifests):
        reason = name_error(one.name) or label_error(one.namespace)
        is_target = one.path == ("spec", "targetRef", "name")
        if reason and not is_target and one.path not in seen:
            seen.add(one.path)
            yield Hit(one.holder, one.path, reason)


@rule(
    "removed-api",
    "error",
    reason="Kubernetes removed these versions of its API long ago. A current cluster refuses the"
    " object, and Flagger does not find it.",
    remedy="Write the version that the message names, and check the fields that changed.",
    bad=SCALED + autoscaler(version="autoscaling/v2beta2"),
    good=SCALED + autoscaler(),
    source=("kubernetes deprecation guide", "fluxcd/flagger#1465", "20 of 206 public Canaries"),
)
def removed_api(subject: Subject) -> Iterator[Hit]:
    for one in references(subject.manifest, subject.manifests):
        found = subject.manifests.find(one.kind, one.namespace, one.name, one.holder)
        if found is not None and found.api_version in _OLD_APIS:
            since, now = _OLD_APIS[found.api_version]
            text = f"{found.api_version} is gone since Kubernetes {since}; use {now} instead"
            yield Hit(found, ("apiVersion",), text)
    for key in ("autoscalerRef", "ingressRef"):
        ref = subject.manifest.raw["spec"].get(key) or {}
        if ref.get("apiVersion") in _OLD_APIS:
            since, now = _OLD_APIS[ref["apiVersion"]]
            text = f"{ref['apiVersion']} is gone since Kubernetes {since}; use {now} instead"
            yield Hit(subject.manifest, ("spec", key, "apiVersion"), text)


@rule(
    "placeholder",
    "warning",
    reason="Something that was to be filled in is still there.",
    remedy="Fill it in, or render the template first.",
    bad="service: {port: 3000, hosts: [<your-domain>]}",
    good="service: {port: 3000, hosts: [detail.example.com]}",
    source="public Canaries",
)
def placeholder(subject: Subject) -> Iterator[Hit]:
    for path, text in _texts(subject.manifest.raw.get("spec"), ("spec",)):
        if path[-1] in ("query", "cmd", "regex"):
            continue
        match = _PLACEHOLDER.search(text[:4000])
        if match:
            yield Hit(subject.manifest, path, f"{match[0]} is still to be filled in")


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
