"""Providers `nginx` and `skipper`: a second Ingress beside the owner's.

Sources: flagger pkg/router/ingress.go and skipper.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import RoutingObject
from rehearsal.flagger.controller.routers.base import Generated, PlainRouter


class IngressRouter(PlainRouter):
    """`<ingress>-canary`, switched by annotations."""

    def reconcile(self, canary: Canary) -> None:
        if canary.spec.ingress_ref is None or not canary.spec.ingress_ref.name:
            raise PortError("ingress selector is empty")
        super().reconcile(canary)

    def objects(self, canary: Canary) -> Iterator[Generated]:
        name = _name(canary)
        created = f"Ingress {name}.{canary.namespace} created"
        yield RoutingObject("Ingress", name), created, f"Ingress {name} updated"

    def missing(self, canary: Canary) -> str | None:
        name = _name(canary)
        absent = f'ingresses.networking.k8s.io "{name}" not found'
        return f"ingress {name}.{canary.namespace} get query error: {absent}"


def _name(canary: Canary) -> str:
    reference = canary.spec.ingress_ref
    return f"{reference.name if reference else ''}-canary"
