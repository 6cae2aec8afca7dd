"""A data plane that only remembers how it was set."""

from __future__ import annotations

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.routing import MemoryRoutes, Routing, RoutingObject


class SimulatedRoutes(MemoryRoutes):
    """The `Routes` port. `history` has every split that was set, `objects` what was generated.

    `not_accepted` is raised when an HTTPRoute is asked about, `write_error` when weights are set.
    """

    def __init__(self, apex: str) -> None:
        super().__init__()
        self._names = (f"{apex}-primary", f"{apex}-canary")
        self.routing = Routing()
        self.history: list[Routing] = []
        self.not_accepted: PortError | None = None
        self.write_error: PortError | None = None

    def write(self, obj: RoutingObject) -> None:
        if obj.rules:
            if self.write_error:
                raise self.write_error
            self.routing = obj.split(*self._names)
            self.history.append(self.routing)
        super().write(obj)

    def check_accepted(self, obj: RoutingObject) -> None:
        if self.not_accepted:
            raise self.not_accepted
