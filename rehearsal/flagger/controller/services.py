"""Flagger's own Services: apex and primary select the primary, `-canary` selects the target.

Source: flagger pkg/router/kubernetes_default.go, and getPorts of pkg/canary/util.go. A target that
is a Service itself gets none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.service import CustomMetadata
from rehearsal.flagger.controller.ports import Routes
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.routing import SERVICES, RoutingObject

_SIDECARS = ("istio-proxy", "envoy")
_FLAGGERS_OWN = (
    "kustomize.toolkit.fluxcd.io/reconcile",
    "helm.toolkit.fluxcd.io/driftDetection",
)
"""Annotations that Flagger writes itself, whatever the Canary says of them."""


@dataclass(frozen=True)
class Selection:
    """How the pods of a target are selected, and their other ports by name."""

    label: str
    value: str
    ports: Mapping[str, int]


class Services:
    """Creates the Services of a canary and keeps them as the spec says."""

    def __init__(self, routes: Routes, recorder: Recorder) -> None:
        self._routes = routes
        self._recorder = recorder

    def apply_versions(self, canary: Canary, selection: Selection) -> None:
        """The Services of canary and primary."""
        service, apex = canary.spec.service, canary.apex_service
        self._apply(canary, f"{apex}-canary", selection, selection.value, service.canary)
        primary = f"{selection.value}-primary"
        self._apply(canary, f"{apex}-primary", selection, primary, service.primary)

    def apply_apex(self, canary: Canary, selection: Selection) -> None:
        """The Service people call."""
        primary, apex = f"{selection.value}-primary", canary.spec.service.apex
        self._apply(canary, canary.apex_service, selection, primary, apex)

    def _apply(
        self,
        canary: Canary,
        name: str,
        selection: Selection,
        value: str,
        custom: CustomMetadata | None,
    ) -> None:
        content = (selection.label, value, _ports(canary, selection), metadata(custom))
        current = self._routes.read(SERVICES, name)
        if current is None:
            self._routes.write(RoutingObject(SERVICES, name, content))
            text = f"Service {name}.{canary.namespace} created"
            self._recorder.log(canary, text, "router/kubernetes_default.go:182")
        elif current.content != content:
            self._routes.write(RoutingObject(SERVICES, name, content))
            text = f"Service {name} updated"
            self._recorder.log(canary, text, "router/kubernetes_default.go:270")


def _ports(canary: Canary, selection: Selection) -> tuple[tuple[object, ...], ...]:
    service = canary.spec.service
    own = (service.port, service.port_name or "http", _target_port(canary), service.app_protocol)
    others = ((port, name, port, "") for name, port in selection.ports.items())
    return tuple(sorted((own, *others), key=lambda port: port[0]))


def _target_port(canary: Canary) -> int | str:
    """The port of the pods: by number or by name, else the service's own."""
    return canary.spec.service.target_port or canary.spec.service.port


def discovered_ports(canary: Canary, containers: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The ports of a target's containers except the one that is served, if they are wanted."""
    if not canary.spec.service.port_discovery:
        return {}
    return {
        port.get("name") or f"tcp-{container['name']}-{index}": port["containerPort"]
        for container in containers
        if container.get("name") not in _SIDECARS
        for index, port in _others(canary, container)
    }


def _others(
    canary: Canary, container: Mapping[str, Any]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    served = _target_port(canary)
    key = "name" if isinstance(served, str) else "containerPort"
    for index, port in enumerate(container.get("ports") or ()):
        if port.get(key) != served:
            yield index, port


def metadata(custom: CustomMetadata | None) -> tuple[object, ...]:
    """Labels and annotations of generated objects, as they are compared."""
    if custom is None:
        return ((), ())
    annotations = {
        key: value for key, value in custom.annotations.items() if key not in _FLAGGERS_OWN
    }
    return (tuple(sorted(custom.labels.items())), tuple(sorted(annotations.items())))
