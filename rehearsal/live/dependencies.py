"""The services beside the canary: processes that the mesh reaches by name, but does not split."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from rehearsal.errors import StageError
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.routes import hosts
from rehearsal.live.mesh.topology import Route
from rehearsal.live.process_group import Nursery, Program
from rehearsal.live.workloads.cluster import START_PATIENCE_S
from rehearsal.live.workloads.kubelet import free_port


@dataclass(frozen=True)
class Neighbour:
    """A service: its name in the cluster, its module, and the path that tells it is up."""

    name: str
    module: str
    health_path: str = "/healthz"


class Neighbours:
    """Starts neighbours and makes the mesh lead to them."""

    def __init__(
        self, nursery: Nursery, envoy: Envoy, namespace: str, watch: Callable[[Program], None]
    ) -> None:
        self._nursery = nursery
        self._envoy = envoy
        self._namespace = namespace
        self._watch = watch

    async def start(self, neighbour: Neighbour, env: Mapping[str, str]) -> None:
        """Start it and wait until it answers; StageError when it does not."""
        port = free_port()
        argv = [sys.executable, "-m", neighbour.module, "--port", str(port)]
        program = await self._nursery.start(neighbour.name, argv, env)
        self._watch(program)
        await self._lead_to(neighbour.name, port)
        await _answering(program, f"http://127.0.0.1:{port}{neighbour.health_path}")

    async def _lead_to(self, name: str, port: int) -> None:
        route = Route(name, hosts(name, self._namespace), ((name, 100),), timeout_s=0.0)
        await self._envoy.change(
            lambda t: replace(t.with_route(route), externals={**t.externals, name: port})
        )


def beside(proxy: str) -> dict[str, str]:
    """The environment of a neighbour: the mesh as its proxy, this project's commands first."""
    commands = str(Path(sys.executable).parent)
    return {
        "http_proxy": proxy,
        "no_proxy": "127.0.0.1,localhost",
        "PATH": os.pathsep.join((commands, os.environ.get("PATH", os.defpath))),
    }


async def _answering(program: Program, url: str) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + START_PATIENCE_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while loop.time() < deadline_s and program.exit_code is None:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise StageError(f"{program.name} did not start: {program.last_words()}")
