"""Rules on the provider: plans that it cannot follow, and objects that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.flagger.canary.yamltext import Path
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, METRICS, Subject
from rehearsal.manifests.networking import IngressSpec

_PROVIDER: Path = ("spec", "provider")
_GATEWAY = "provider: gatewayapi:v1\nservice: {port: 3000, gatewayRefs: [{name: gateway}]}\n"


@rule(
    "provider-not-written",
    "info",
    reason="Without spec.provider Flagger takes the one of its flag -mesh-provider, which is istio"
    " unless whoever installed it said otherwise: the same Canary does another thing on"
    " another cluster.",
    remedy="Write spec.provider, or give lint the flag's value with --mesh-provider.",
    bad="provider: null",
    good="provider: istio",
    source=("flagger cmd/flagger/main.go, -mesh-provider", "165 of 259 public Canaries"),
)
def provider_not_written(subject: Subject) -> Iterator[Hit]:
    if subject.spec.provider is None:
        text = f"is not written: Flagger's -mesh-provider decides, here {subject.provider}"
        yield Hit(subject.manifest, _PROVIDER, text)


@rule(
    "appmesh-v1beta1",
    "error",
    reason="The provider appmesh writes objects of the API appmesh.k8s.aws/v1beta1, which no"
    " current App Mesh controller serves.",
    remedy="Write appmesh:v1beta2; or leave App Mesh, which has ended, for gatewayapi:v1.",
    bad="provider: appmesh\nservice: {port: 3000, meshName: mesh}",
    good="provider: istio",
    source="flagger pkg/router/factory.go",
)
def appmesh_v1beta1(subject: Subject) -> Iterator[Hit]:
    if subject.provider == "appmesh":
        text = "is the API v1beta1, which no current cluster serves; use appmesh:v1beta2 instead"
        yield Hit(subject.manifest, _PROVIDER, text)


@rule(
    "appmesh-ended",
    "warning",
    reason="AWS ended App Mesh on 2026-09-30, and Flagger is to drop its support.",
    remedy="Move to gatewayapi:v1, which VPC Lattice and every current mesh serve.",
    bad="provider: appmesh:v1beta2",
    good="provider: gatewayapi:v1\nservice: {port: 3000, gatewayRefs: [{name: gateway}]}",
    source="fluxcd/flagger#1839",
)
def appmesh_ended(subject: Subject) -> Iterator[Hit]:
    if subject.provider.startswith("appmesh"):
        text = "AWS ended App Mesh on 2026-09-30; use gatewayapi:v1 instead"
        yield Hit(subject.manifest, _PROVIDER, text)


@rule(
    "provider-needs-field",
    "error",
    reason="Some providers work on an object that the Canary has to name. Without it every tick"
    " ends with a warning, and the canary is never initialised.",
    remedy="Add the field and let it name the Gateway, Ingress, route or mesh.",
    bad="provider: gatewayapi:v1",
    good=_GATEWAY,
    source="flagger pkg/router: gateway_api.go, ingress.go, skipper.go, apisix.go, appmesh.go",
)
def provider_needs_field(subject: Subject) -> Iterator[Hit]:
    needed = subject.provider_facts.requires
    if not needed:
        return
    path: Path = tuple(needed.split("."))
    value: Any = subject.manifest.raw
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not value:
        text = f"is required by {subject.provider}: the canary is never initialised"
        yield Hit(subject.manifest, path, text)


@rule(
    "weights-on-kubernetes",
    "warning",
    reason="The provider kubernetes has no router: it shifts no traffic. A plan of weights becomes"
    " Blue/Green with ten iterations, which Flagger says in two warnings on every tick.",
    remedy="Write iterations, or use a provider that can shift traffic.",
    bad="provider: kubernetes\nanalysis: {stepWeight: 10}",
    good="provider: kubernetes\nanalysis: {iterations: 10}",
    source="flagger pkg/controller/scheduler.go, advanceCanary",
)
def weights_on_kubernetes(subject: Subject) -> Iterator[Hit]:
    if not subject.provider_facts.shifts_traffic and subject.analysis.iterations < 1:
        key = "stepWeights" if subject.analysis.step_weights else "stepWeight"
        text = f"{subject.provider} shifts no traffic: the run becomes Blue/Green, 10 iterations"
        yield Hit(subject.manifest, (*ANALYSIS, key), text)


@rule(
    "mirror-never-ends",
    "error",
    reason="A weighted run with mirror first mirrors, and goes on once it reads from its own"
    " objects that it did. Only istio's can be read back: with the others the run repeats its first"
    " step for ever.",
    remedy="Remove mirror, or use iterations where the provider can mirror.",
    bad=_GATEWAY + "analysis: {stepWeight: 10, mirror: true}",
    good="analysis: {stepWeight: 10, mirror: true}",
    source="flagger pkg/controller/scheduler.go, runCanary; pkg/router/gateway_api.go, GetRoutes",
)
def mirror_never_ends(subject: Subject) -> Iterator[Hit]:
    analysis, reads = subject.analysis, subject.provider_facts.reads_mirror
    if subject.is_weighted and analysis.mirror and analysis.weight_limit > 0 and not reads:
        text = f"{subject.provider} cannot tell that it mirrors: the weight stays 0 for ever"
        yield Hit(subject.manifest, (*ANALYSIS, "mirror"), text)


@rule(
    "mirror-ignored",
    "warning",
    reason="Only istio and the Gateway API can mirror requests. Elsewhere a Blue/Green run with"
    " mirror sends the canary nothing at all.",
    remedy="Remove mirror, and let a webhook make the load.",
    bad="provider: kubernetes\nanalysis: {iterations: 5, mirror: true}",
    good="provider: kubernetes\nanalysis: {iterations: 5}",
    source="flagger docs, deployment strategies: Blue/Green with traffic mirroring",
)
def mirror_ignored(subject: Subject) -> Iterator[Hit]:
    if subject.is_blue_green and subject.analysis.mirror and not subject.provider_facts.mirrors:
        text = f"{subject.provider} cannot mirror requests"
        yield Hit(subject.manifest, (*ANALYSIS, "mirror"), text)


@rule(
    "affinity-ignored",
    "warning",
    reason="Session affinity is written by istio and the Gateway API alone. Elsewhere users change"
    " sides from request to request, whatever the Canary says.",
    remedy="Remove sessionAffinity, or configure it at the ingress or mesh.",
    bad="provider: traefik\nanalysis: {sessionAffinity: {cookieName: side}}",
    good="provider: istio\nanalysis: {sessionAffinity: {cookieName: side}}",
    source="flagger docs, deployment strategies: canary release with session affinity",
)
def affinity_ignored(subject: Subject) -> Iterator[Hit]:
    if subject.analysis.session_affinity and not subject.provider_facts.session_affinity:
        text = f"{subject.provider} does not read it"
        yield Hit(subject.manifest, (*ANALYSIS, "sessionAffinity"), text)


@rule(
    "same-cookie",
    "error",
    reason="One cookie cannot keep users on both sides. Flagger leaves such a Canary alone: it only"
    " writes so to its own log, without an event.",
    remedy="Give primaryCookieName a name of its own.",
    bad="analysis: {sessionAffinity: {cookieName: side, primaryCookieName: side}}",
    good="analysis: {sessionAffinity: {cookieName: side, primaryCookieName: old-side}}",
    source="flagger pkg/controller/controller.go, verifyCanary",
)
def same_cookie(subject: Subject) -> Iterator[Hit]:
    affinity = subject.analysis.session_affinity
    if affinity and affinity.cookie_name == affinity.primary_cookie_name:
        text = "is the primary's cookie, too: Flagger ignores the Canary without an event"
        yield Hit(subject.manifest, (*ANALYSIS, "sessionAffinity", "cookieName"), text)


@rule(
    "delegation-with-hosts",
    "error",
    reason="A VirtualService that others delegate to must have neither hosts nor gateways. Flagger"
    " refuses both on every tick, and the canary is never initialised.",
    remedy="Remove hosts and gateways, or delegation.",
    bad="service: {port: 3000, delegation: true, hosts: [detail.example.com]}",
    good="service: {port: 3000, delegation: true}",
    source="flagger pkg/router/istio.go, reconcileVirtualService",
)
def delegation_with_hosts(subject: Subject) -> Iterator[Hit]:
    service = subject.spec.service
    if subject.provider == "istio" and service.delegation and (service.hosts or service.gateways):
        text = "allows neither hosts nor gateways: the canary is never initialised"
        yield Hit(subject.manifest, ("spec", "service", "delegation"), text)


@rule(
    "ingress-backend",
    "error",
    reason="Flagger copies the Ingress and looks for the backend that is the apex Service. When no"
    " path leads there, every tick ends with `backend not found in ingress`.",
    remedy="Let the Ingress lead to the apex Service, which Flagger makes.",
    bad="""\
provider: nginx
ingressRef: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: detail}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: detail, namespace: flagger}
spec:
  rules:
    - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: detail-primary}}}]}
""",
    good="""\
provider: nginx
ingressRef: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: detail}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: detail, namespace: flagger}
spec:
  rules:
    - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: detail}}}]}
""",
    source="flagger pkg/router/ingress.go, Reconcile",
)
def ingress_backend(subject: Subject) -> Iterator[Hit]:
    ref = subject.spec.ingress_ref
    ingress = subject.find("Ingress", ref.name) if ref else None
    if ingress is None or not isinstance(ingress.spec, IngressSpec):
        return
    if subject.apex not in ingress.spec.service_names():
        text = f"no path leads to the Service {subject.apex}: the canary is never initialised"
        yield Hit(ingress, ("spec", "rules"), text)


@rule(
    "daemonset-builtins",
    "error",
    reason="The builtin queries of these providers find the canary's pods by names with two"
    " generated parts, as a Deployment's have. Those of a DaemonSet have one: the query misses the"
    " canary's pods and finds the primary's.",
    remedy="Use MetricTemplates that select the canary's pods by a label.",
    bad="""\
provider: kubernetes
targetRef: {apiVersion: apps/v1, kind: DaemonSet, name: detail}
analysis: {iterations: 5, metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}
""",
    good="""\
provider: istio
targetRef: {apiVersion: apps/v1, kind: DaemonSet, name: detail}
analysis: {stepWeight: 5, metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}
""",
    source="flagger pkg/metrics/observers: http.go, appmesh.go",
)
def daemonset_builtins(subject: Subject) -> Iterator[Hit]:
    by_pod = subject.provider_facts.pods_by_name
    builtins = any(metric.is_builtin for metric in subject.analysis.metrics)
    if subject.spec.target_ref.kind == "DaemonSet" and by_pod and builtins:
        text = "the builtin queries find the primary's pods, not the canary's"
        yield Hit(subject.manifest, METRICS, text)


@rule(
    "linkerd-builtins",
    "warning",
    reason="Linkerd is driven through the Gateway API, whose builtin queries ask for the"
    " application's own histogram. Linkerd's Prometheus has the proxies' metrics instead: the"
    " check says no values found.",
    remedy="Use MetricTemplates on response_total and response_latency_ms_bucket.",
    bad="""\
provider: gatewayapi:v1
service: {port: 3000, gatewayRefs: [{name: detail, group: core, kind: Service, port: 3000}]}
analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}]}
""",
    good="""\
provider: gatewayapi:v1
service: {port: 3000, gatewayRefs: [{name: detail, group: core, kind: Service, port: 3000}]}
analysis:
  metrics:
    - {name: rate, templateRef: {name: rate}, thresholdRange: {min: 99}, interval: 1m}
""",
    source="flagger docs, Linkerd canary deployments; kustomize/linkerd",
)
def linkerd_builtins(subject: Subject) -> Iterator[Hit]:
    refs = subject.spec.service.gateway_refs
    by_service = any(ref.kind == "Service" for ref in refs)
    if not subject.provider.startswith("gatewayapi") or not by_service:
        return
    for path, metric in subject.metrics():
        if metric.is_builtin:
            text = "asks for the application's own histogram, which Linkerd's Prometheus lacks"
            yield Hit(subject.manifest, (*path, "name"), text)


@rule(
    "service-port-missing",
    "error",
    reason="Flagger makes three Services and needs their port. The API server takes a Canary"
    " without a service, and every tick then ends with a warning.",
    remedy="Write spec.service.port.",
    bad="service: null",
    good="service: {port: 3000}",
    source="flagger pkg/router/kubernetes_default.go",
)
def service_port_missing(subject: Subject) -> Iterator[Hit]:
    if subject.spec.target_ref.kind != "Service" and subject.spec.service.port == 0:
        text = "is missing or 0: Flagger cannot make its Services"
        yield Hit(subject.manifest, ("spec", "service", "port"), text)
