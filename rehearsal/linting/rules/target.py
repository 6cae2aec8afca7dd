"""Rules on the target: workloads that Flagger cannot copy, or cannot tell ready from broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.flagger.canary.names import service_name_error
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import Subject, WorkloadManifest
from rehearsal.manifests import Manifest
from rehearsal.manifests.pods import Container, Probe
from rehearsal.manifests.workloads import DaemonSetSpec, DeploymentSpec

_CONTAINERS = ("spec", "template", "spec", "containers")
_LABELS = ("app", "name", "app.kubernetes.io/name")
_PROBES = {
    "readiness_probe": "readinessProbe",
    "liveness_probe": "livenessProbe",
    "startup_probe": "startupProbe",
}
# How Flux is told to make a Service once, or to make nothing.
_LEFT_ALONE = (
    ("kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"),
    ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
)
_DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: detail, namespace: flagger}
spec:
  selector: {matchLabels: {app: detail}}
  template:
    metadata: {labels: {app: detail}, annotations: {prometheus.io/scrape: "true"}}
    spec:
      containers:
        - name: detail
          image: detail:1.0
          ports: [{name: http, containerPort: 3000}]
"""
_READY = "          readinessProbe: {httpGet: {path: /ping, port: http}}\n"


@rule(
    "no-readiness-probe",
    "warning",
    reason="Flagger waits until the canary's pods are ready before it sends traffic. Without a"
    " readiness probe a pod is ready as soon as its process runs: users meet it while it still"
    " starts, and a build that never serves passes for one that does.",
    remedy="Give the container that serves a readinessProbe.",
    bad=_DEPLOYMENT,
    good=_DEPLOYMENT + _READY,
    source=("32 of 206 public Canaries", "flagger docs, faq: zero downtime deployments"),
)
def no_readiness_probe(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if target is None:
        return
    containers = target.spec.template.spec.containers
    if not any(container.readiness_probe for container in containers):
        text = "no container has a readiness probe: pods count as ready before they serve"
        yield Hit(target, _CONTAINERS, text)


@rule(
    "probe-port-unknown",
    "error",
    reason="A probe may name its port, and the kubelet looks that name up among the ports of the"
    " container. A name that is not there fails every probe: the pods never become ready.",
    remedy="Name one of the container's ports, or write its number.",
    bad=_DEPLOYMENT + _READY.replace("port: http", "port: web"),
    good=_DEPLOYMENT + _READY,
    source="kubernetes pkg/probe, ResolveContainerPort",
)
def probe_port_unknown(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if target is None:
        return
    for index, container in enumerate(target.spec.template.spec.containers):
        for attribute, key in _PROBES.items():
            probe: Probe | None = getattr(container, attribute)
            port = _probe_port(probe)
            if port is not None and container.port_number(port) is None:
                text = f'container {container.name} has no port named "{port}"{_ports(container)}'
                yield Hit(target, (*_CONTAINERS, index, key), text)


def _probe_port(probe: Probe | None) -> int | str | None:
    if probe is None:
        return None
    handler = probe.http_get or probe.tcp_socket
    return handler.port if handler else None


def _ports(container: Container) -> str:
    names = ", ".join(port.name for port in container.ports if port.name)
    return f", only {names}" if names else ""


@rule(
    "service-port-unknown",
    "error",
    reason="Flagger's Services lead to spec.service.targetPort, which is spec.service.port unless"
    " it is written. When it is a name that no container has, the Services have no"
    " endpoints and every request fails.",
    remedy="Write the name or the number of a port that a container listens on.",
    bad="service: {port: 3000, targetPort: web}\n" + _DEPLOYMENT + _READY,
    good="service: {port: 3000, targetPort: http}\n" + _DEPLOYMENT + _READY,
    source="flagger pkg/router/kubernetes_default.go",
)
def service_port_unknown(subject: Subject) -> Iterator[Hit]:
    target, port = subject.target, subject.spec.service.target_port
    if target is None or not isinstance(port, str) or port.isdecimal():
        return
    containers = target.spec.template.spec.containers
    if all(container.port_number(port) is None for container in containers):
        text = f'no container of {target.name} has a port named "{port}"'
        yield Hit(subject.manifest, ("spec", "service", "targetPort"), text)


@rule(
    "service-by-hand",
    "warning",
    reason="Flagger makes the Services T, T-primary and T-canary itself and rewrites the selector"
    " of the first. The same Service applied by hand or by GitOps is written back each time, and"
    " traffic goes to the canary's pods in between.",
    remedy="Remove the Service from the manifests, or give it a name of its own. Flux makes it once"
    " only when it is annotated kustomize.toolkit.fluxcd.io/ssa: IfNotPresent.",
    bad="""\
---
apiVersion: v1
kind: Service
metadata: {name: detail, namespace: flagger}
spec: {selector: {app: detail}, ports: [{port: 3000}]}
""",
    good="""\
---
apiVersion: v1
kind: Service
metadata: {name: detail-admin, namespace: flagger}
spec: {selector: {app: detail}, ports: [{port: 9000}]}
""",
    source=("25 of 206 public Canaries", "flagger docs, how it works: canary service"),
)
def service_by_hand(subject: Subject) -> Iterator[Hit]:
    if subject.spec.target_ref.kind == "Service" or subject.provider == "knative":
        return
    for suffix in ("", "-primary", "-canary"):
        service = subject.find("Service", f"{subject.apex}{suffix}")
        if service is None or service.api_version != "v1":
            continue
        if not _is_left_alone(service):
            text = "Flagger makes and rewrites this Service itself; the two undo each other"
            yield Hit(service, ("metadata", "name"), text)


def _is_left_alone(service: Manifest[Any]) -> bool:
    """Whether Flux makes it once, or never, and leaves Flagger's changes alone after that."""
    return any(service.annotations.get(key) == value for key, value in _LEFT_ALONE)


@rule(
    "selector-label",
    "error",
    reason="Flagger tells the primary's pods from the canary's by one label of the selector, which"
    " it looks for by name (-selector-labels). Without one it cannot copy the target.",
    remedy="Select pods by app, name or app.kubernetes.io/name.",
    bad=(_DEPLOYMENT + _READY).replace("{app: detail}", "{component: detail}"),
    good=_DEPLOYMENT + _READY,
    source="flagger pkg/canary/deployment_controller.go, getSelectorLabel",
)
def selector_label(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if target is None:
        return
    labels = target.spec.selector.match_labels
    if not any(label in labels for label in _LABELS):
        text = f"must contain one of {', '.join(_LABELS)}, by which Flagger tells the pods apart"
        yield Hit(target, ("spec", "selector", "matchLabels"), text)


@rule(
    "selector-shared",
    "error",
    reason="Flagger's Services select pods by the one label that it found in the target's selector."
    " Another workload of the namespace with the same value gets the canary's traffic, and the"
    " copies of both have the same selector.",
    remedy="Give each workload a value of its own for that label, or name another label with"
    " Flagger's -selector-labels.",
    bad=_DEPLOYMENT + _READY + _DEPLOYMENT.replace("name: detail,", "name: other,") + _READY,
    good=_DEPLOYMENT + _READY + _DEPLOYMENT.replace("detail", "other") + _READY,
    source=("fluxcd/flagger#1257", "fluxcd/flagger#1227"),
)
def selector_shared(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    wanted = _selected(target) if target is not None else None
    if target is None or wanted is None:
        return
    for kind in ("Deployment", "DaemonSet"):
        for other in subject.manifests.of_kind(kind):
            same_place = (
                other.namespace == target.namespace and other.source.unit == target.source.unit
            )
            if other is target or not same_place or other.name == target.name:
                continue
            key, value = wanted
            if other.spec.template.metadata.labels.get(key) == value:
                text = f"the Services of {target.name} also select {other.name}, by {key}={value}"
                yield Hit(target, ("spec", "selector", "matchLabels", key), text)


def _selected(target: WorkloadManifest) -> tuple[str, str] | None:
    """The label by which Flagger finds the target's pods, and its value."""
    labels = target.spec.selector.match_labels
    return next(((key, labels[key]) for key in _LABELS if key in labels), None)


@rule(
    "target-name",
    "error",
    reason="The target's name becomes the names of Services, with -primary or -canary behind it,"
    " and a label's value. Those have at most 63 letters and begin with a letter.",
    remedy="Give the target a shorter name in lower case letters, digits and dashes.",
    bad="targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail_service}",
    good="targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail-service}",
    source="RFC 1035; kubernetes pkg/apis/core/validation, ValidateServiceName",
)
def target_name(subject: Subject) -> Iterator[Hit]:
    names = {("targetRef", "name"): subject.spec.target_ref.name}
    if subject.spec.service.name:
        names["service", "name"] = subject.spec.service.name
    for path, name in names.items():
        reason = service_name_error(name)
        if reason is None and service_name_error(f"{name}-primary"):
            reason = f"{name}-primary is longer than 63 letters: no Service can have that name"
        if reason is not None:
            yield Hit(subject.manifest, ("spec", *path), reason)


@rule(
    "shared-target",
    "error",
    reason="Two Canaries of one target undo each other's Services, weights and replicas. Flagger"
    ' logs "Bad things will happen!" and runs both.',
    remedy="Keep one Canary for each target.",
    bad="""\
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: again, namespace: flagger}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  service: {port: 3000}
  skipAnalysis: true
  analysis: {interval: 1m, threshold: 5, iterations: 1}
""",
    good="{}",
    source="flagger pkg/controller/scheduler.go, scheduleCanaries",
)
def shared_target(subject: Subject) -> Iterator[Hit]:
    ref = subject.spec.target_ref
    for other in subject.manifests.canaries_of(ref.kind, ref.name):
        if (
            other.name != subject.manifest.name
            and other.namespace == subject.namespace
            and other.source.unit == subject.manifest.source.unit
        ):
            text = f"{other.full_name} has the same target: the two undo each other"
            yield Hit(subject.manifest, ("spec", "targetRef", "name"), text)


@rule(
    "target-recreated",
    "warning",
    reason="A promotion copies the target's strategy to the primary. With Recreate every promotion"
    " stops all of the primary's pods before it starts new ones, while users are served by them;"
    " a DaemonSet with OnDelete is never updated at all.",
    remedy="Use RollingUpdate.",
    bad=(_DEPLOYMENT + _READY).replace(
        "spec:\n  sel", "spec:\n  strategy: {type: Recreate}\n  sel"
    ),
    good=_DEPLOYMENT + _READY,
    source="flagger pkg/canary/deployment_controller.go and daemonset_controller.go, Promote",
)
def target_recreated(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if target is None:
        return
    spec = target.spec
    if isinstance(spec, DeploymentSpec) and spec.strategy.type == "Recreate":
        text = "every promotion stops all pods of the primary before new ones start"
        yield Hit(target, ("spec", "strategy", "type"), text)
    if isinstance(spec, DaemonSetSpec) and spec.update_strategy.type == "OnDelete":
        text = "Flagger cannot roll a DaemonSet out with OnDelete; use RollingUpdate"
        yield Hit(target, ("spec", "updateStrategy", "type"), text)


@rule(
    "deadline-before-ready",
    "error",
    reason="A canary that is not available within spec.progressDeadlineSeconds is rolled back. When"
    " its pods cannot be ready before that (initialDelaySeconds of the readiness probe and"
    " minReadySeconds together), every release fails.",
    remedy="Raise progressDeadlineSeconds above the time that a pod takes to become available.",
    bad="progressDeadlineSeconds: 20\n"
    + _DEPLOYMENT
    + _READY.replace("}}\n", "}, initialDelaySeconds: 30}\n"),
    good="progressDeadlineSeconds: 60\n"
    + _DEPLOYMENT
    + _READY.replace("}}\n", "}, initialDelaySeconds: 30}\n"),
    source="flagger pkg/canary/deployment_ready.go",
)
def deadline_before_ready(subject: Subject) -> Iterator[Hit]:
    target = subject.target
    if target is None:
        return
    probes = [one.readiness_probe for one in target.spec.template.spec.containers]
    delay_s = max((probe.initial_delay_seconds for probe in probes if probe), default=0)
    least_s = delay_s + target.spec.min_ready_seconds
    deadline_s = subject.spec.progress_deadline_seconds
    if least_s >= deadline_s:
        text = f"is {deadline_s} s, and no pod can be available before {least_s} s"
        yield Hit(subject.manifest, ("spec", "progressDeadlineSeconds"), text)
