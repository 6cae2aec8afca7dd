"""Flagger's own Services: apex and primary select the primary, `-canary` selects the target.

Source: flagger pkg/router/kubernetes_default.go, and getPorts of pkg/canary/util.go. A target that
is a Service itself gets none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.service import CustomMetadata, Service
from rehearsal.flagger.controller.ports import Routes
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.routing import SERVICES, RoutingObject
from rehearsal.flagger.values import RememberedByIdentity, fast_dataclass

_SIDECARS = ("istio-proxy", "envoy")
_FLAGGERS_OWN = (
    "kustomize.toolkit.fluxcd.io/reconcile",
    "helm.toolkit.fluxcd.io/driftDetection",
)
"""Annotations that Flagger writes itself, whatever the Canary says of them."""


Content = tuple[object, ...]
"""What is compared of a Service: selector label and value, ports, metadata."""


@fast_dataclass(frozen=True)
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
        desired = _desired_for(canary.spec).for_selection(selection)
        self._apply(canary, *desired.canary)
        self._apply(canary, *desired.primary)

    def apply_apex(self, canary: Canary, selection: Selection) -> None:
        """The Service people call."""
        self._apply(canary, *_desired_for(canary.spec).for_selection(selection).apex)

    def _apply(self, canary: Canary, name: str, content: Content) -> None:
        current = self._routes.read(SERVICES, name)
        if current is None:
            self._routes.write(RoutingObject(SERVICES, name, content))
            text = f"Service {name}.{canary.namespace} created"
            self._recorder.log(canary, text, "router/kubernetes_default.go:182")
        elif current.content is not content and current.content != content:
            self._routes.write(RoutingObject(SERVICES, name, content))
            text = f"Service {name} updated"
            self._recorder.log(canary, text, "router/kubernetes_default.go:270")


class _Contents(NamedTuple):
    """Name and content of each of the three Services."""

    apex: tuple[str, Content]
    primary: tuple[str, Content]
    canary: tuple[str, Content]


class _Desired:
    """What a spec's Services are to be; made once for each selection."""

    def __init__(self, spec: CanarySpec) -> None:
        self._service = spec.service
        self._apex = spec.service.name or spec.target_ref.name
        self._known: list[tuple[Selection, _Contents]] = []

    def for_selection(self, selection: Selection) -> _Contents:
        for known, contents in self._known:
            if known is selection or known == selection:
                return contents
        made = self._make(selection)
        self._known = [(selection, made), *self._known[:7]]
        return made

    def _make(self, selection: Selection) -> _Contents:
        service = self._service
        ports = _ports(service, tuple(selection.ports.items()))

        def named(suffix: str, version: str, custom: CustomMetadata | None) -> tuple[str, Content]:
            value = f"{selection.value}{version}"
            return f"{self._apex}{suffix}", (selection.label, value, ports, metadata(custom))

        return _Contents(
            named("", "-primary", service.apex),
            named("-primary", "-primary", service.primary),
            named("-canary", "", service.canary),
        )


_desired_for = RememberedByIdentity(_Desired)


def _ports(service: Service, others: tuple[tuple[str, int], ...]) -> tuple[tuple[object, ...], ...]:
    own = (service.port, service.port_name or "http", _target_port(service), service.app_protocol)
    discovered = ((port, name, port, "") for name, port in others)
    return tuple(sorted((own, *discovered), key=lambda port: port[0]))


def _target_port(service: Service) -> int | str:
    """The port of the pods: by number or by name, else the service's own."""
    return service.target_port or service.port


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
    served = _target_port(canary.spec.service)
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
