"""Providers `smi:*`: TrafficSplits of the Service Mesh Interface (flagger pkg/router/smi*.go).

They have no queries of their own and ask istio's.
"""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import Routing
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.router import (
    ObjectRouter,
    Wording,
    service_names,
    two_weights,
)


class SmiRouter(ObjectRouter):
    """A TrafficSplit of v1alpha1."""

    resource = "trafficsplits.split.smi-spec.io"
    wording = Wording(
        "TrafficSplit {full} created",
        "TrafficSplit {full} updated",
        "router/smi.go:100",
        "router/smi.go:117",
        unreadable="TrafficSplit {full} get query error {absent}",
    )

    def content(self, canary: Canary) -> object:
        hosts = canary.spec.service.hosts
        return (hosts[0] if hosts else canary.apex_service, canary.apex_service)

    def get(self, canary: Canary) -> Routing:
        current = self.read(canary, self.wording.unreadable)
        names = service_names(canary)
        routing = two_weights(current, names)
        if routing.primary == 0 and routing.canary == 0:
            raise PortError(
                f"TrafficSplit {names.apex}.{canary.namespace} does not contain routes for"
                f" {names.primary} and {names.canary}"
            )
        return routing


class SmiV1Alpha2Router(SmiRouter):
    """A TrafficSplit of v1alpha2."""

    wording = replace(
        SmiRouter.wording,
        created_by="router/smi_v1alpha2.go:98",
        updated_by="router/smi_v1alpha2.go:115",
    )


class SmiV1Alpha3Router(SmiRouter):
    """A TrafficSplit of v1alpha3."""

    wording = replace(
        SmiRouter.wording,
        created_by="router/smi_v1alpha3.go:98",
        updated_by="router/smi_v1alpha3.go:115",
    )


_ROUTERS = {"v1alpha1": SmiRouter, "v1alpha2": SmiV1Alpha2Router, "v1alpha3": SmiV1Alpha3Router}

PROVIDERS = tuple(
    Provider(f"smi:{version}", router, resources=(SmiRouter.resource,), prefix=f"smi:{version}")
    for version, router in _ROUTERS.items()
)
