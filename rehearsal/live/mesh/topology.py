"""What the mesh should look like, as values: who answers to which host, and where they live."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class RetryPolicy:
    """How often, for how long and on what a request is tried again (`service.retries`)."""

    attempts: int
    per_try_timeout_s: float | None = None
    retry_on: str = "gateway-error"


@dataclass(frozen=True)
class Route:
    """Hosts that lead to services, by weight.

    `timeout_s` 0 means none. `mirror_to` names a service that gets a copy of every request.
    """

    name: str
    hosts: tuple[str, ...]
    targets: tuple[tuple[str, int], ...]
    timeout_s: float = 15.0
    retry: RetryPolicy | None = None
    mirror_to: str | None = None


@dataclass(frozen=True)
class Topology:
    """The whole mesh.

    `pods` maps a pod's name to its application's port: each gets an inbound sidecar of its own.
    `services` maps a service to its ready pods, `externals` a service outside the mesh to a port.
    """

    routes: tuple[Route, ...] = ()
    services: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pods: dict[str, int] = field(default_factory=dict)
    externals: dict[str, int] = field(default_factory=dict)

    def with_route(self, route: Route) -> "Topology":
        """The same mesh with this route added, or put in the place of the one of its name."""
        others = tuple(r for r in self.routes if r.name != route.name)
        return replace(self, routes=(*others, route))

    def with_pod(self, name: str, port: int) -> "Topology":
        return replace(self, pods={**self.pods, name: port})

    def without_pod(self, name: str) -> "Topology":
        return replace(self, pods={k: v for k, v in self.pods.items() if k != name})

    def with_services(self, endpoints: Mapping[str, tuple[str, ...]]) -> "Topology":
        """The same mesh with these services' ready pods."""
        return replace(self, services={**self.services, **endpoints})
