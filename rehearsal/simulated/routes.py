"""A data plane that only remembers how it was set."""

from __future__ import annotations

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Applied, Routing, RoutingObject


class SimulatedRoutes:
    """The `Routes` port. `history` has every split that was set, `objects` what was generated."""

    def __init__(self) -> None:
        self.routing = Routing()
        self.history: list[Routing] = []
        self.objects: set[RoutingObject] = set()
        self.get_error: PortError | None = None
        self.set_error: PortError | None = None

    def apply(self, obj: RoutingObject) -> Applied:
        applied: Applied = "unchanged" if obj in self.objects else "created"
        self.objects.add(obj)
        return applied

    def get(self) -> Routing:
        if self.get_error:
            raise self.get_error
        return self.routing

    def set(self, routing: Routing) -> None:
        if self.set_error:
            raise self.set_error
        self.routing = routing
        self.history.append(routing)
