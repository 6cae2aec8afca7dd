"""The kubelet of this machine: pods as processes, each behind its sidecar, probed through it."""

import asyncio
import socket
from collections.abc import Callable

import httpx

from rehearsal.applications.container import Container, Probe, container_of
from rehearsal.clock import ScaledClock
from rehearsal.live.mesh.admin import over_socket
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.resources import sidecar_socket
from rehearsal.live.process_group import Nursery, Program
from rehearsal.live.workloads.deployment import Pod
from rehearsal.live.workloads.probes import ProbeState

# Real processes do not answer faster because the clock does.
_PROBE_PERIOD_S = 0.1
_PROBE_TIMEOUT_S = 2.0

# Environment values that are times of the canary, and so shorter here.
_TIMES = ("DETAIL_DRAIN_SECONDS",)

ReadinessReport = Callable[[str, bool], None]
DeathReport = Callable[[str], None]


class Kubelet:
    """Starts, probes and stops pods; tells readiness and unexpected deaths."""

    def __init__(
        self,
        nursery: Nursery,
        envoy: Envoy,
        clock: ScaledClock,
        on_ready: ReadinessReport,
        on_death: DeathReport,
    ) -> None:
        self._nursery = nursery
        self._envoy = envoy
        self._clock = clock
        self._on_ready = on_ready
        self._on_death = on_death
        self._xray = {"AWS_XRAY_SDK_ENABLED": "false"}
        self._programs: dict[str, Program] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}

    async def start(self, pod: Pod) -> None:
        """Start a pod's process and its sidecar; probing goes on until it is stopped."""
        container, port = container_of(pod.template), free_port()
        program = await self._nursery.start(
            pod.name, container.command(port), self._environment(pod, container)
        )
        self._programs[pod.name] = program
        await self._envoy.change(lambda topology: topology.with_pod(pod.name, port))
        watch = asyncio.create_task(self._watch(pod.name, container, program))
        watch.add_done_callback(self._watch_ended)
        self._watches[pod.name] = watch

    async def stop(self, name: str) -> None:
        """Let a pod drain and end, then take its sidecar away."""
        if watch := self._watches.pop(name, None):
            watch.cancel()
        if program := self._programs.pop(name, None):
            await program.stop()
        await self._envoy.change(lambda topology: topology.without_pod(name))

    def trace_to(self, daemon: str) -> None:
        """Where the pods started from now on send their X-Ray segments."""
        self._xray = {"AWS_XRAY_DAEMON_ADDRESS": daemon}

    async def close(self) -> None:
        for watch in self._watches.values():
            watch.cancel()
        await asyncio.gather(*self._watches.values(), return_exceptions=True)

    def _environment(self, pod: Pod, container: Container) -> dict[str, str]:
        scaled = {
            name: str(self._clock.real_s(float(container.env[name])))
            for name in _TIMES
            if name in container.env
        }
        here = {"HOST": "127.0.0.1", "HOSTNAME": pod.name, "POD_NAME": pod.name}
        return {**container.env, **scaled, **here, **self._xray}

    async def _watch(self, name: str, container: Container, program: Program) -> None:
        socket = sidecar_socket(self._envoy.stage, name)
        async with (
            over_socket(socket, _PROBE_TIMEOUT_S) as client,
            asyncio.TaskGroup() as probes,
        ):
            probes.create_task(self._end(program))
            if container.readiness is not None:
                probes.create_task(self._ready(name, container.readiness, client))
            else:
                self._on_ready(name, True)
            if container.liveness is not None:
                probes.create_task(self._live(container.liveness, client, program))

    async def _end(self, program: Program) -> None:
        await program.wait()
        if not program.expected_to_end:
            code, said = program.exit_code, program.last_words()
            self._on_death(f"replica {program.name} ended with exit code {code}: {said}")

    def _watch_ended(self, watch: asyncio.Task[None]) -> None:
        if not watch.cancelled() and (error := watch.exception()) is not None:
            self._on_death(f"probing failed: {error!r}")

    async def _ready(self, name: str, probe: Probe, client: httpx.AsyncClient) -> None:
        state = ProbeState(probe, healthy=False)
        await self._clock.sleep(probe.initial_delay_s)
        while True:
            self._on_ready(name, state.observe(await _answers(client, probe.path)))
            period_s = self._period_s(probe) if state.healthy else _PROBE_PERIOD_S
            await asyncio.sleep(period_s)

    async def _live(self, probe: Probe, client: httpx.AsyncClient, program: Program) -> None:
        state = ProbeState(probe, healthy=True)
        # A start takes its real time on every clock, so liveness counts from the first answer.
        while not await _answers(client, probe.path):
            await asyncio.sleep(self._period_s(probe))
        while state.observe(await _answers(client, probe.path)):
            await asyncio.sleep(self._period_s(probe))
        await program.kill()

    def _period_s(self, probe: Probe) -> float:
        return max(_PROBE_PERIOD_S, self._clock.real_s(probe.period_s))


async def _answers(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
