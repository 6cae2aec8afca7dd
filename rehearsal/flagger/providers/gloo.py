"""Provider `gloo` (flagger pkg/router/gloo.go): the Envoy cluster of the canary upstream."""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import SERVICES, RoutingObject, Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.provider import Field, MatchSupport, Provider, ServicePolicies
from rehearsal.flagger.providers.queries import envoy
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    unsigned,
)
from rehearsal.flagger.providers.series import Labels, Subject, envoy_series

_UPSTREAMS = "upstreams.gloo.solo.io"


class GlooRouter(ObjectRouter):
    """A RouteTable over two upstreams, which are made of the services in silence."""

    resource = "routetables.gateway.solo.io"
    wording = Wording(
        "RouteTable {full} created",
        "RouteTable {full} updated",
        "router/gloo.go:141",
        "router/gloo.go:167",
        unreadable="RouteTable {full} get query error: {absent}",
        unwritable="RouteTable {full} query error: {absent}",
    )
    refuses_empty = "RoutingRule {full} update failed: no valid weights"

    def reconcile(self, canary: Canary) -> None:
        names = service_names(canary)
        for role, service in (("primary", names.primary), ("canary", names.canary)):
            if self._routes.read(SERVICES, service) is None:
                raise PortError(
                    f"error creating flagger {role} upstream: service"
                    f' {service}.{canary.namespace} get query error: {SERVICES} "{service}"'
                    " not found"
                )
            port = canary.spec.service.port
            upstream = f"{canary.namespace}-{names.apex}-{role}upstream-{port}"
            self._routes.write(RoutingObject(_UPSTREAMS, upstream, canary.spec.upstream_ref))
        super().reconcile(canary)

    def content(self, canary: Canary) -> object:
        headers = [match.headers for match in canary.spec.analysis.match]
        service = canary.spec.service
        return (canary.apex_service, service.port, headers, metadata(service.apex))

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        (weighted,) = super().rules(canary, unsigned(primary, 32), unsigned(weight, 32))
        return (replace(weighted, matches=canary.spec.analysis.match),)


def _labels(subject: Subject) -> list[Labels]:
    upstream = f"{subject.namespace}-{subject.target}-{subject.side}upstream-{subject.port}"
    return [{"envoy_cluster_name": f"{upstream}_{subject.namespace}"}]


PROVIDERS = (
    Provider(
        "gloo",
        GlooRouter,
        envoy(
            'envoy_cluster_name=~"{{ namespace }}-{{ target }}-canaryupstream-[0-9a-zA-Z-]+'
            '_[0-9a-zA-Z-]+"'
        ),
        series=(envoy_series("service", _labels),),
        resources=(_UPSTREAMS, GlooRouter.resource),
        prefix="gloo",
        match=MatchSupport(frozenset({"exact", "regex"}), unordered=True),
        told_by=Field("upstreamRef", lambda spec: spec.upstream_ref),
        policies=ServicePolicies(timeouts_and_retries=True),
    ),
)
