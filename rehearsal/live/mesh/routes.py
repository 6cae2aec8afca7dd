"""The mesh as the controller's `Routes` port: rules that are in force when `write` returns."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace

from rehearsal.errors import RehearsalError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.ports import Clock
from rehearsal.flagger.controller.routing import (
    SERVICES,
    MemoryRoutes,
    Routing,
    RoutingObject,
    Rule,
)
from rehearsal.live.mesh.canary_rules import apex_rules, direct_rules, mesh_name, service_hosts
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.topology import Service
from rehearsal.recording import Recording
from rehearsal.recording.records import WeightRecord

_PATIENCE_S = 30.0


class EnvoyRoutes(MemoryRoutes):
    """Apex, canary and primary services of one canary.

    `read_canary` gives the object as it stands; `listen` the loopback address of a service, ""
    where it has none. Methods are called from the controller's thread.
    """

    def __init__(
        self,
        envoy: Envoy,
        provider: str,
        read_canary: Callable[[], Canary],
        listen: Callable[[str], str],
        recording: Recording,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        before_change: Callable[[], None] = lambda: None,
        aliases: Mapping[str, tuple[Service, ...]] | None = None,
    ) -> None:
        super().__init__()
        self._envoy = envoy
        self._provider = provider
        self._read_canary = read_canary
        self._listen = listen
        self._recording = recording
        self._clock = clock
        self._loop = loop
        self._before_change = before_change
        self._aliases = aliases or {}
        self._apex_object: RoutingObject | None = None

    @property
    def routing(self) -> Routing:
        """The split in force."""
        obj, apex = self._apex_object, self._read_canary().apex_service
        return obj.split(f"{apex}-primary", f"{apex}-canary") if obj else Routing()

    def write(self, obj: RoutingObject) -> None:
        is_new = self.read(obj.resource, obj.name) is None
        if obj.resource == SERVICES and is_new:
            self._publish(*self._service(obj.name))
        if obj.rules:
            self._before_change()
            self._publish(*self._apex(obj.rules))
            self._apex_object = obj
            self._record()
        super().write(obj)

    def delete(self, resource: str, name: str) -> None:
        obj = self._apex_object
        if obj is not None and (obj.resource, obj.name) == (resource, name):
            self._apex_object = None
            self._publish(*self._apex(()))
            self._record()
        super().delete(resource, name)

    def _record(self) -> None:
        routing = self.routing
        self._recording.append(
            WeightRecord(
                self._clock.now_s(),
                self._read_canary().full_name,
                routing.primary,
                routing.canary,
                routing.mirrored,
                routing.matched,
            )
        )

    def _service(self, name: str) -> tuple[Service, ...]:
        canary = self._read_canary()
        if name == canary.apex_service:
            return self._apex(self._apex_object.rules if self._apex_object else ())
        service = self._named(canary, name)
        rules = direct_rules(canary, self._provider, name)
        side = name.removeprefix(f"{canary.apex_service}-")
        return tuple(replace(s, rules=rules) for s in (service, *self._aliases.get(side, ())))

    def _apex(self, rules: tuple[Rule, ...]) -> tuple[Service, ...]:
        """The apex and its aliases: other names, and gateways, that lead to it."""
        canary = self._read_canary()
        service = self._named(canary, canary.apex_service)
        hosts = (*service.hosts, *(h for h in canary.spec.service.hosts if h != "*"))
        named = replace(service, hosts=tuple(dict.fromkeys(hosts)))
        in_force = apex_rules(canary, self._provider, rules)
        return tuple(replace(s, rules=in_force) for s in (named, *self._aliases.get("apex", ())))

    def _named(self, canary: Canary, name: str) -> Service:
        return Service(
            name=mesh_name(canary.namespace, name),
            hosts=service_hosts(name, canary.namespace),
            rules=(),
            address=self._listen(name),
            ports=(canary.spec.service.port,),
            tcp=canary.spec.service.app_protocol.lower() == "tcp",
        )

    def _publish(self, *services: Service) -> None:
        change = self._envoy.change(lambda topology: topology.with_services(services))
        future = asyncio.run_coroutine_threadsafe(change, self._loop)
        try:
            future.result(_PATIENCE_S)
        except (CancelledError, FutureTimeoutError, RehearsalError) as error:
            future.cancel()
            name = services[0].name
            raise PortError(f"the mesh did not take up {name}: {error}") from error
