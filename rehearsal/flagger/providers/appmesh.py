"""Providers `appmesh` and `appmesh:v1beta2` (flagger pkg/router/appmesh*.go).

The sidecar of each pod counts its ingress and the application's own calls alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from commons.durations import DurationError, parse_duration_ns
from commons.units import NS_PER_MS
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Backend, Routing, RoutingObject, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.provider import (
    ALL_CONDITIONS,
    MatchSupport,
    Provider,
    ServicePolicies,
)
from rehearsal.flagger.providers.queries import POD, Queries, quantile, ratio
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    two_weights,
    uri_prefix,
)
from rehearsal.flagger.providers.series import Labels, Subject, envoy_series, pod_labels

_PER_TRY_MS = 250
_RETRY_ON = "gateway-error"


class AppMeshRouter(ObjectRouter):
    """The v1beta2 API: a VirtualRouter with its VirtualService for the apex and for the canary."""

    resource = "virtualrouters.appmesh.k8s.aws"
    nodes: ClassVar[str] = "virtualnodes.appmesh.k8s.aws"
    services: ClassVar[str] = "virtualservices.appmesh.k8s.aws"
    wording = Wording(
        "VirtualRouter {name} created",
        "VirtualRouter {name} updated",
        "router/appmesh_v1beta2.go:370",
        "router/appmesh_v1beta2.go:432",
        unreadable="VirtualRouter {name} get query error: {absent}",
    )
    node_wording: ClassVar[Wording] = Wording(
        "VirtualNode {full} created",
        "VirtualNode {name} updated",
        "router/appmesh_v1beta2.go:197",
        "router/appmesh_v1beta2.go:220",
    )
    title: ClassVar[str] = "VirtualRouter"

    def reconcile(self, canary: Canary) -> None:
        names = service_names(canary)
        for name in (names.primary, names.canary):
            node = RoutingObject(self.nodes, name, self.node(canary))
            self.apply(canary, node, self.node_wording)
        for route in (self.desired(canary), self.canary_route(canary)):
            is_new = self._routes.read(self.resource, route.name) is None
            self.apply(canary, route, self.wording)
            if is_new:
                self._routes.write(RoutingObject(self.services, route.name))
                text, caller = "VirtualService {name} created", "router/appmesh_v1beta2.go:410"
                self.log_object(canary, route.name, text, caller)

    def node(self, canary: Canary) -> tuple[object, ...]:
        """What a VirtualNode is made of."""
        service = canary.spec.service
        target_port = service.target_port if isinstance(service.target_port, int) else 0
        return (
            target_port or service.port,
            _protocol(canary),
            _milliseconds(service.timeout),
            service.backends,
            metadata(service.apex),
        )

    def canary_route(self, canary: Canary) -> RoutingObject:
        """The route of the canary's own service, which leads to the canary alone."""
        name = service_names(canary).canary
        return RoutingObject(self.resource, name, self._route(canary, matches=()))

    def content(self, canary: Canary) -> object:
        return self._route(canary, canary.spec.analysis.match)

    def _route(self, canary: Canary, matches: object) -> object:
        service = canary.spec.service
        timeout_ms = _milliseconds(service.timeout)
        return (self.node(canary)[:2], uri_prefix(canary), timeout_ms, _retries(canary), matches)

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        (weighted,) = super().rules(canary, primary, weight)
        matches = canary.spec.analysis.match
        if not matches:
            return (weighted,)
        everyone_else = Rule((Backend(service_names(canary).primary, 100),))
        return (replace(weighted, matches=matches), everyone_else)

    def updated(self, current: RoutingObject, desired: RoutingObject) -> RoutingObject:
        """The weights of the first rule stay."""
        if not current.rules:
            return desired
        first = replace(desired.rules[0], backends=current.rules[0].backends)
        return replace(desired, rules=(first, *desired.rules[1:]))

    def get(self, canary: Canary) -> Routing:
        current = self.read(canary, self.wording.unreadable)
        names = service_names(canary)
        routing = two_weights(replace(current, rules=current.rules[:1]), names)
        if routing.primary == 0 and routing.canary == 0:
            raise PortError(
                f"{self.title} {current.name} does not contain routes for"
                f" {names.primary} and {names.canary}"
            )
        return routing


class AppMeshV1Beta1Router(AppMeshRouter):
    """The first API, which no current cluster serves: a VirtualNode for the apex, no routers.

    A node's annotations are compared with its labels by mistake, so that all nodes are written
    anew on every tick.
    """

    resource = "virtualservices.v1beta1.appmesh.k8s.aws"
    nodes = "virtualnodes.v1beta1.appmesh.k8s.aws"
    title = "VirtualService"
    wording = Wording(
        "VirtualService {name} created",
        "VirtualService {name} updated",
        "router/appmesh.go:352",
        "router/appmesh.go:378",
        unreadable="VirtualService {name} get query error: {absent}",
    )
    node_wording = Wording(
        "VirtualNode {full} created",
        "VirtualNode {name} updated",
        "router/appmesh.go:183",
        "router/appmesh.go:204",
    )

    def object_name(self, canary: Canary) -> str:
        return f"{canary.apex_service}.{canary.namespace}"

    def reconcile(self, canary: Canary) -> None:
        if not canary.spec.service.mesh_name:
            raise PortError("mesh name cannot be empty")
        names = service_names(canary)
        for name in (names.apex, names.primary, names.canary):
            self._write_node(canary, RoutingObject(self.nodes, name))
        for route in (self.desired(canary), self.canary_route(canary)):
            self.apply(canary, route, self.wording)

    def _write_node(self, canary: Canary, node: RoutingObject) -> None:
        wording = self.node_wording
        if self._routes.read(node.resource, node.name) is None:
            self._routes.write(node)
            self.log_object(canary, node.name, wording.created, wording.created_by)
        else:
            self.log_object(canary, node.name, wording.updated, wording.updated_by)

    def canary_route(self, canary: Canary) -> RoutingObject:
        return replace(
            super().canary_route(canary),
            name=f"{service_names(canary).canary}.{canary.namespace}",
        )

    def _route(self, canary: Canary, matches: object) -> object:
        service = canary.spec.service
        mesh = (service.mesh_name, service.port, _protocol(canary))
        return (mesh, uri_prefix(canary), _retries(canary), matches)


def _protocol(canary: Canary) -> str:
    return "grpc" if "grpc" in canary.spec.service.port_name else "http"


def _milliseconds(duration: str) -> int | None:
    try:
        return parse_duration_ns(duration) // NS_PER_MS if duration else None
    except DurationError:
        return None


def _retries(canary: Canary) -> object:
    retries = canary.spec.service.retries
    if retries is None:
        return None
    per_try_ms = _milliseconds(retries.per_try_timeout)
    return (
        retries.attempts if retries.attempts > 0 else 1,
        _PER_TRY_MS if per_try_ms is None else per_try_ms,
        retries.retry_on or _RETRY_ON,
    )


def _labels(subject: Subject) -> list[Labels]:
    return [{**pod_labels(subject), "envoy_cluster_name": f"cds_ingress_{subject.workload}"}]


_V1BETA2 = Provider(
    "appmesh:v1beta2",
    AppMeshRouter,
    Queries(
        ratio("envoy_cluster_upstream_rq", POD, 'envoy_response_code!~"5.*"'),
        quantile("envoy_cluster_upstream_rq_time_bucket", POD),
    ),
    resources=(AppMeshRouter.nodes, AppMeshRouter.resource, AppMeshRouter.services),
    prefix="appmesh:v1beta2",
    measures_prefix="appmesh",
    match=MatchSupport(ALL_CONDITIONS, max_headers=10, unordered=True),
    before_primary=True,
    series=(envoy_series("pod", _labels),),
    pods_by_name=True,
    policies=ServicePolicies(timeouts_and_retries=True, default_timeout_s=15.0, matches="prefix"),
)

PROVIDERS = (
    _V1BETA2,
    replace(
        _V1BETA2,
        name="appmesh",
        make_router=AppMeshV1Beta1Router,
        prefix="",
        resources=(AppMeshV1Beta1Router.nodes, AppMeshV1Beta1Router.resource),
        requires="spec.service.meshName",
    ),
)
