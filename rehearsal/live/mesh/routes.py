"""The mesh as the controller's `Routes` port: weights that are in force when `set` returns."""

import asyncio
import threading

from commons.durations import parse_duration_s
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routing import SERVICES, MemoryRoutes, Routing, RoutingObject
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.topology import RetryPolicy, Route

_PATIENCE_S = 30.0
_DEFAULT_TIMEOUT_S = 15.0


class EnvoyRoutes(MemoryRoutes):
    """Apex, canary and primary routes of one canary."""

    def __init__(self, envoy: Envoy, canary: Canary, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._envoy = envoy
        self._canary = canary
        self._loop = loop
        self._lock = threading.Lock()
        self._routing = Routing()

    def write(self, obj: RoutingObject) -> None:
        is_new = self.read(obj.resource, obj.name) is None
        super().write(obj)
        if obj.resource == SERVICES and is_new:
            self._publish(self._service_route(obj.name))
        if obj.rules:
            apex = self._canary.apex_service
            self._set(obj.split(f"{apex}-primary", f"{apex}-canary"))

    def get(self) -> Routing:
        """The split in force."""
        with self._lock:
            return self._routing

    def _set(self, routing: Routing) -> None:
        self._publish(self._apex(routing))
        with self._lock:
            self._routing = routing

    def _service_route(self, name: str) -> Route:
        if name == self._canary.apex_service:
            return self._apex(self.get())
        return self._route(name, ((name, 100),))

    def _apex(self, routing: Routing) -> Route:
        apex = self._canary.apex_service
        primary, canary = f"{apex}-primary", f"{apex}-canary"
        weights = ((primary, routing.primary), (canary, routing.canary))
        mirror = canary if routing.mirrored else None
        return self._route(apex, weights, mirror)

    def _route(
        self, service: str, targets: tuple[tuple[str, int], ...], mirror: str | None = None
    ) -> Route:
        settings = self._canary.spec.service
        return Route(
            name=service,
            hosts=hosts(service, self._canary.namespace),
            targets=targets,
            timeout_s=_seconds(settings.timeout, _DEFAULT_TIMEOUT_S),
            retry=self._retries(),
            mirror_to=mirror,
        )

    def _retries(self) -> RetryPolicy | None:
        retries = self._canary.spec.service.retries
        if retries is None or not retries.attempts:
            return None
        per_try_s = _seconds(retries.per_try_timeout, 0.0)
        return RetryPolicy(retries.attempts, per_try_s or None, retries.retry_on or "gateway-error")

    def _publish(self, route: Route) -> None:
        change = self._envoy.change(lambda topology: topology.with_route(route))
        asyncio.run_coroutine_threadsafe(change, self._loop).result(_PATIENCE_S)


def hosts(service: str, namespace: str) -> tuple[str, ...]:
    """The names by which a service is called inside the cluster."""
    short = f"{service}.{namespace}"
    return (service, short, f"{short}.svc", f"{short}.svc.cluster.local")


def _seconds(text: str | None, default_s: float) -> float:
    return parse_duration_s(text) if text else default_s
