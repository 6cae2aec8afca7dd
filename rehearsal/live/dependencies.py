"""The services beside the canary: processes that the mesh reaches by name, but does not split."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from rehearsal.errors import LiveWorldError
from rehearsal.live.loopback import loopback_client
from rehearsal.live.mesh.canary_rules import mesh_name, service_hosts
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.topology import Destination, Rule, Service, Topology
from rehearsal.live.naming import AddressBook, Namespace
from rehearsal.live.ports import free_port
from rehearsal.live.process_group import Process, ProcessGroup

START_PATIENCE_S = 30.0
_TRIES = 3


@dataclass(frozen=True)
class Dependency:
    """A service: its module, the path that tells it is up, and the names it is reached by.

    `names` are (name, namespace) pairs, the first of which names the process; `ports` are the ports
    that callers use.
    """

    module: str
    names: tuple[tuple[str, str], ...]
    ports: tuple[int, ...] = (80,)
    health_path: str = "/healthz"

    @property
    def name(self) -> str:
        return self.names[0][0]


class Dependencies:
    """Starts dependencies and makes the mesh lead to them."""

    def __init__(
        self,
        processes: ProcessGroup,
        envoy: Envoy,
        addresses: AddressBook,
        namespace: Namespace,
        watch: Callable[[Process], None],
    ) -> None:
        self._processes = processes
        self._envoy = envoy
        self._addresses = addresses
        self._namespace = namespace
        self._watch = watch

    async def start(
        self, dependency: Dependency, env: Mapping[str, str], arguments: Sequence[str] = ()
    ) -> int:
        """Start it and wait until it answers; its local port. LiveWorldError if it does not."""
        for attempt in range(1, _TRIES + 1):
            port = free_port()
            process = await self._start_process(dependency, port, env, arguments)
            url = f"http://127.0.0.1:{port}{dependency.health_path}"
            if await _answers(process, url):
                break
            words = process.last_words()
            if attempt == _TRIES or "in use" not in words.lower():
                raise LiveWorldError(f"{dependency.name} did not start: {words}")
        self._watch(process)
        await self.lead_to(dependency, port)
        return port

    async def _start_process(
        self, dependency: Dependency, port: int, env: Mapping[str, str], arguments: Sequence[str]
    ) -> Process:
        argv = [sys.executable, "-m", dependency.module, "--port", str(port), *arguments]
        return await self._processes.start(dependency.name, self._namespace.wrap(argv), env)

    async def lead_to(self, dependency: Dependency, port: int) -> None:
        """Make every name of a dependency lead to a port of loopback."""
        await self.lead_names_to(dependency.names, dependency.ports, ("127.0.0.1", port))

    async def lead_names_to(
        self, names: Iterable[tuple[str, str]], ports: tuple[int, ...], target: tuple[str, int]
    ) -> None:
        """Make names of the cluster, at these ports, lead to a host and port."""
        services = [self._service(name, namespace, ports) for name, namespace in names]

        def edit(topology: Topology) -> Topology:
            for service in services:
                topology = topology.with_external(service.name, *target)
            return topology.with_services(services)

        await self._envoy.change(edit)

    def _service(self, name: str, namespace: str, ports: tuple[int, ...]) -> Service:
        full, hosts = mesh_name(namespace, name), service_hosts(name, namespace)
        rule = Rule((Destination(full, 100),), timeout_s=0.0)
        address = self._addresses.address(full, hosts)
        usable = self._addresses.listening_ports(address, ports)
        return Service(full, hosts, (rule,), address if usable else "", usable)


def client_env(proxy: str, namespace: Namespace, stand_ins: Path) -> dict[str, str]:
    """The environment of those who call services: this project's commands first in PATH.

    `stand_ins` holds commands for what this machine lacks; it comes last.

    Where names of the cluster are known, nothing else; elsewhere the mesh is their HTTP proxy.
    """
    commands = str(Path(sys.executable).parent)
    path = (commands, os.environ.get("PATH", os.defpath), str(stand_ins))
    env = {"PATH": os.pathsep.join(path)}
    if not namespace.usable:
        env |= {"http_proxy": proxy, "no_proxy": "127.0.0.1,localhost"}
    return env


async def _answers(process: Process, url: str) -> bool:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + START_PATIENCE_S
    async with loopback_client(timeout=5.0) as client:
        while loop.time() < deadline_s and process.exit_code is None:
            try:
                if (await client.get(url)).is_success:
                    return True
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.05)
    return False
