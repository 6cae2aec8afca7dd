"""What a Canary stands on: the objects it names, and those that they name in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.canary.problems import field_name
from rehearsal.flagger.canary.resources import AlertProviderSpec, MetricTemplateSpec
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.manifests.collection import CanaryManifest, Manifests
from rehearsal.manifests.manifest import Location
from rehearsal.manifests.pods import used_configs
from rehearsal.manifests.reader import AnyManifest
from rehearsal.manifests.workloads import DaemonSetSpec, DeploymentSpec

_POD = ("spec", "template", "spec")


@dataclass(frozen=True)
class Reference:
    """An object that is named somewhere: which, and where (`holder` names it in `path`)."""

    kind: str
    namespace: str
    name: str
    holder: AnyManifest
    path: Path
    optional: bool = False

    @property
    def location(self) -> Location:
        """Where it is named."""
        return self.holder.source.location(self.path)

    @property
    def field(self) -> str:
        """The field that names it."""
        return field_name(self.path)

    def __str__(self) -> str:
        return (
            f"{self.location}: {self.field}: {self.kind} {self.name}.{self.namespace} is in none"
            " of the files"
        )


def missing_references(canary: CanaryManifest, manifests: Manifests) -> tuple[Reference, ...]:
    """What the canary needs and none of the files has; optional configs are not needed."""
    return tuple(
        one
        for one in references(canary, manifests)
        if not one.optional
        and manifests.find(one.kind, one.namespace, one.name, one.holder) is None
    )


def references(canary: CanaryManifest, manifests: Manifests) -> Iterator[Reference]:
    """Every object that the canary names, and what the objects found for it name."""
    own = tuple(_named_by(canary))
    yield from own
    for reference in own:
        holder = manifests.find(reference.kind, reference.namespace, reference.name, canary)
        if holder is not None:
            yield from _inside(holder)


def target_of(canary: CanaryManifest, manifests: Manifests) -> AnyManifest | None:
    """The workload that the canary releases, if it is in one of the files."""
    ref = canary.spec.target_ref
    return manifests.find(ref.kind, canary.namespace, ref.name, canary)


def _named_by(canary: CanaryManifest) -> Iterator[Reference]:
    spec, namespace = canary.spec, canary.namespace

    def reference(kind: str, name: str, *path: str | int, within: str = "") -> Reference:
        return Reference(kind, within or namespace, name, canary, ("spec", *path))

    yield reference(spec.target_ref.kind, spec.target_ref.name, "targetRef", "name")
    if scaler := spec.autoscaler_ref:
        yield reference(scaler.kind, scaler.name, "autoscalerRef", "name")
    if spec.ingress_ref:
        yield reference("Ingress", spec.ingress_ref.name, "ingressRef", "name")
    if spec.route_ref:
        yield reference("ApisixRoute", spec.route_ref.name, "routeRef", "name")
    if upstream := spec.upstream_ref:
        yield reference("Upstream", upstream.name, "upstreamRef", "name", within=upstream.namespace)
    yield from _gateways(canary, spec)
    for index, metric in enumerate(spec.analysis.metrics):
        yield from _template(canary, metric, ("spec", "analysis", "metrics", index))
    for index, alert in enumerate(spec.analysis.alerts):
        ref = alert.provider_ref
        path = ("analysis", "alerts", index, "providerRef", "name")
        yield reference("AlertProvider", ref.name, *path, within=ref.namespace_for(namespace))


def _gateways(canary: CanaryManifest, spec: CanarySpec) -> Iterator[Reference]:
    """Gateways; a Service that is the canary's own apex is made by Flagger."""
    for index, gateway in enumerate(spec.service.gateway_refs):
        own = gateway.kind == "Service" and gateway.name in (
            spec.service.name,
            spec.target_ref.name,
        )
        if own or gateway.kind not in ("Gateway", "Service"):
            continue
        path = ("spec", "service", "gatewayRefs", index, "name")
        namespace = gateway.namespace or canary.namespace
        yield Reference(gateway.kind, namespace, gateway.name, canary, path)


def _template(canary: CanaryManifest, metric: Metric, path: Path) -> Iterator[Reference]:
    ref = metric.template_ref
    if ref is not None:
        namespace = ref.namespace_for(canary.namespace)
        here = (*path, "templateRef", "name")
        yield Reference("MetricTemplate", namespace, ref.name, canary, here)


def _inside(holder: AnyManifest) -> Iterator[Reference]:
    spec = holder.spec
    if isinstance(spec, DeploymentSpec | DaemonSetSpec):
        for used in used_configs(spec.template.spec):
            path = (*_POD, *used.path)
            yield Reference(used.kind, holder.namespace, used.name, holder, path, used.optional)
    elif isinstance(spec, MetricTemplateSpec) and spec.provider.secret_ref:
        path = ("spec", "provider", "secretRef", "name")
        name = spec.provider.secret_ref.name
        yield Reference("Secret", holder.namespace, name, holder, path)
    elif isinstance(spec, AlertProviderSpec) and spec.secret_ref:
        path = ("spec", "secretRef", "name")
        yield Reference("Secret", holder.namespace, spec.secret_ref.name, holder, path)
