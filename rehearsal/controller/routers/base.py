"""Routers: what a provider generates, and what it can read back of the weights it was told.

One file per family of providers implements `Router`; the registry is in `routers`. The data plane
itself is the `Routes` port: a router only adds what is peculiar to its provider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from rehearsal.canary.model import Canary
from rehearsal.controller.ports import Applied, Ports, Routes, Routing, RoutingObject
from rehearsal.controller.recorder import Recorder


class Router(Protocol):
    """How the mesh or the ingress of a provider is driven."""

    def reconcile(self, canary: Canary) -> None:
        """Create or update the generated objects; raises PortError where a setting is missing."""
        ...

    def get(self, canary: Canary) -> Routing:
        """The weights as this provider reads them back."""
        ...

    def set(self, canary: Canary, routing: Routing) -> None:
        """Put weights in force."""
        ...


MakeRouter = Callable[[Ports, Recorder], Router]

Generated = tuple[RoutingObject, str, str]
"""An object, and its log lines when it was created and when it was updated (`{}`: full name)."""


class PlainRouter:
    """A provider that writes and reads weights, and cannot read mirroring back."""

    def __init__(self, ports: Ports, recorder: Recorder) -> None:
        self._routes: Routes = ports.routes
        self._recorder = recorder

    def objects(self, canary: Canary) -> Iterator[Generated]:
        """What the provider generates, in Flagger's order."""
        yield from ()

    def reconcile(self, canary: Canary) -> None:
        for obj, created, updated in self.objects(canary):
            applied: Applied = self._routes.apply(obj)
            if applied != "unchanged":
                self._recorder.log(canary, created if applied == "created" else updated)

    def get(self, canary: Canary) -> Routing:
        return replace(self._routes.get(), mirrored=False, matched=False)

    def set(self, canary: Canary, routing: Routing) -> None:
        matched = bool(canary.spec.analysis.match)
        self._routes.set(replace(routing, mirrored=False, matched=matched))


def generated(canary: Canary, kind: str, name: str) -> Generated:
    """An object whose log lines say `Kind name.namespace created` and `… updated`."""
    text = f"{kind} {name}.{canary.namespace}"
    return RoutingObject(kind, name), f"{text} created", f"{text} updated"
