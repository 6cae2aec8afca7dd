"""The kubelet of this machine: pods as processes, probed, restarted with back-off, and stopped."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.applications import Applications, Launch, LaunchContext
from rehearsal.applications.pod import PodSpec, Probe, read_pod
from rehearsal.clock import ScaledClock
from rehearsal.live.fault_pages import FaultPage
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.tracing import sidecar_name
from rehearsal.live.naming import Namespace
from rehearsal.live.ports import free_port
from rehearsal.live.process_group import Process, ProcessGroup
from rehearsal.live.workloads.backoff import RestartBackoff
from rehearsal.live.workloads.deployment import Pod
from rehearsal.live.workloads.pod_environment import ReadConfig, container_env, volume_folders
from rehearsal.live.workloads.probes import ProbeState
from rehearsal.live.workloads.probing import Prober, answers_tcp, missing_program
from rehearsal.recording import Recording
from rehearsal.recording.records import ReplicaRecord, ReplicaState

# Real processes are not faster because the canary's clock is.
_LEAST_PROBE_PERIOD_S = 0.1
_LEAST_PROBE_TIMEOUT_S = 2.0
_LEAST_BACKOFF_S = 0.3
_LEAST_GRACE_S = 5.0

ReadinessReport = Callable[[str, bool], None]


@dataclass(frozen=True)
class PodContext:
    """What a pod belongs to: its workload, its namespace, and the port its service leads to."""

    workload: str
    namespace: str
    target_port: int | str | None
    read_config: ReadConfig


@dataclass
class _Running:
    """A pod's present container."""

    process: Process
    launch: Launch
    ports: Mapping[int, int]
    main_port: int
    workload: str


class Kubelet:
    """Starts, probes, restarts and stops pods; tells their readiness.

    Their environment is `extra_env`, then what their manifests say, then `forced_env`.
    """

    def __init__(
        self,
        processes: ProcessGroup,
        envoy: Envoy,
        clock: ScaledClock,
        recording: Recording,
        applications: Applications,
        namespace: Namespace,
        extra_env: Mapping[str, str],
        forced_env: Mapping[str, str],
        on_ready: ReadinessReport,
    ) -> None:
        self._processes = processes
        self._envoy = envoy
        self._clock = clock
        self._recording = recording
        self._applications = applications
        self._namespace = namespace
        self._extra_env = extra_env
        self._forced_env = forced_env
        self._on_ready = on_ready
        self._running: dict[str, _Running] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}

    def start(self, pod: Pod, context: PodContext) -> None:
        """Begin the life of a pod; it goes on until `stop`."""
        life = asyncio.create_task(self._live(pod, context))
        self._lives[pod.name] = life

    async def stop(self, pod: Pod, context: PodContext) -> None:
        """Let a pod drain and end, then take its sidecar away."""
        self._record(pod, context, "stopping")
        if (life := self._lives.pop(pod.name, None)) is not None:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
        if (running := self._running.pop(pod.name, None)) is not None:
            await self._end(running, read_pod(pod.template, context.target_port))
        await self._envoy.change(lambda topology: topology.without_pod(pod.name))
        self._record(pod, context, "gone")

    async def kill(self, name: str) -> bool:
        """Kill a pod's process, as a failing node would; whether there was one."""
        running = self._running.get(name)
        if running is None:
            return False
        await running.process.kill()
        return True

    async def close(self) -> None:
        for life in self._lives.values():
            life.cancel()
        await asyncio.gather(*self._lives.values(), return_exceptions=True)
        for running in self._running.values():
            await self._clean_up(running.launch)

    def local_ports(self) -> dict[str, tuple[int, Mapping[int, int]]]:
        """By pod: its main local port, and the local port of each container port."""
        return {name: (r.main_port, r.ports) for name, r in self._running.items()}

    def fault_pages(self) -> dict[str, FaultPage]:
        """By pod: the page on which its application counts the faults inside it."""
        return {
            name: FaultPage(r.workload, f"http://127.0.0.1:{r.main_port}{r.launch.fault_page}")
            for name, r in self._running.items()
            if r.launch.fault_page and r.process.exit_code is None
        }

    async def _live(self, pod: Pod, context: PodContext) -> None:
        """Start it, watch it, and start it again when it ends."""
        backoff = RestartBackoff()
        while True:
            started_s = self._clock.now_s()
            running = await self._start_container(pod, context)
            try:
                code = await self._watch(pod, context, running)
            finally:
                self._on_ready(pod.name, False)
            self._record(pod, context, "exited", _ending(code, running.process))
            await self._clean_up(running.launch)
            if _port_was_taken(running.process):
                continue
            delay_s = backoff.next_delay_s(self._clock.now_s() - started_s)
            await asyncio.sleep(max(_LEAST_BACKOFF_S, self._clock.real_s(delay_s)))

    async def _start_container(self, pod: Pod, context: PodContext) -> _Running:
        spec = read_pod(pod.template, context.target_port)
        ports = _local_ports(spec, context.target_port)
        main_port = ports[_main_port(spec, context.target_port)]
        launch = self._applications.find(spec).launch(
            self._launch_context(pod, context, spec, ports, main_port)
        )
        argv = list(launch.argv) if launch.isolated else self._namespace.wrap(launch.argv)
        self._record(pod, context, "starting")
        env = {**self._extra_env, **launch.env, **self._forced_env}
        process = await self._processes.start(pod.name, argv, env)
        process.expected_to_end = True
        running = self._running[pod.name] = _Running(
            process, launch, ports, main_port, context.workload
        )
        sidecar = sidecar_name(context.workload, context.namespace)
        await self._envoy.change(lambda topology: topology.with_pod(pod.name, main_port, sidecar))
        return running

    def _launch_context(
        self,
        pod: Pod,
        context: PodContext,
        spec: PodSpec,
        ports: Mapping[int, int],
        main_port: int,
    ) -> LaunchContext:
        folder = self._processes.folder / "volumes" / pod.name
        shutil.rmtree(folder, ignore_errors=True)
        mounts = volume_folders(spec.container, spec.volumes, context.read_config, folder)
        env = container_env(spec, context.read_config, _downward_fields(pod, context, spec))
        return LaunchContext(
            pod_name=pod.name,
            pod=spec,
            main_port=main_port,
            ports=ports,
            env=env,
            mounts=mounts,
            speed=self._clock.speed,
        )

    async def _watch(self, pod: Pod, context: PodContext, running: _Running) -> int:
        """Probe until the process ends, and end it when it is no longer alive; its exit code."""
        spec = read_pod(pod.template, context.target_port)
        prober = Prober(
            lambda port: _resolve(spec, running, port),
            lambda command, timeout_s: self._run_probe(pod, running, command, timeout_s),
            _LEAST_PROBE_TIMEOUT_S,
        )
        probing = asyncio.create_task(self._probe(pod, context, spec, running, prober))
        try:
            return await running.process.wait()
        finally:
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
            await prober.close()

    async def _probe(
        self, pod: Pod, context: PodContext, spec: PodSpec, running: _Running, prober: Prober
    ) -> None:
        container = spec.container
        if container.startup is not None and not await self._started(container.startup, prober):
            await running.process.kill()
            return
        async with asyncio.TaskGroup() as probes:
            probes.create_task(self._ready(pod, context, container.readiness, running, prober))
            if container.liveness is not None:
                probes.create_task(self._alive(container.liveness, running, prober))

    async def _started(self, probe: Probe, prober: Prober) -> bool:
        """Whether the startup probe succeeded before its patience ended."""
        state = ProbeState(probe, healthy=False)
        await self._clock.sleep(probe.initial_delay_s)
        deadline_s = asyncio.get_running_loop().time() + 30.0
        while not state.observe(await prober.ask(probe)):
            late = asyncio.get_running_loop().time() > deadline_s
            if state.failures >= probe.failure_threshold and late:
                return False
            await asyncio.sleep(self._period_s(probe))
        return True

    async def _ready(
        self,
        pod: Pod,
        context: PodContext,
        probe: Probe | None,
        running: _Running,
        prober: Prober,
    ) -> None:
        """Without a readiness probe a pod is ready once its port is open."""
        if probe is None:
            while not await answers_tcp(running.main_port, _LEAST_PROBE_TIMEOUT_S):
                await asyncio.sleep(_LEAST_PROBE_PERIOD_S)
            self._set_ready(pod, context, True)
            return
        state, told = ProbeState(probe, healthy=False), False
        await self._clock.sleep(probe.initial_delay_s)
        while True:
            ready = state.observe(await prober.ask(probe))
            if ready != told:
                told = ready
                self._set_ready(pod, context, ready)
            await asyncio.sleep(self._period_s(probe) if ready else _LEAST_PROBE_PERIOD_S)

    def _set_ready(self, pod: Pod, context: PodContext, ready: bool) -> None:
        self._on_ready(pod.name, ready)
        self._record(pod, context, "ready" if ready else "unready")

    async def _alive(self, probe: Probe, running: _Running, prober: Prober) -> None:
        """Kill the process when its liveness probe fails too often.

        A start takes its real time on every clock, so that it counts from the first success.
        """
        state = ProbeState(probe, healthy=True)
        while not await prober.ask(probe):
            await asyncio.sleep(self._period_s(probe))
        while state.observe(await prober.ask(probe)):
            await asyncio.sleep(self._period_s(probe))
        await running.process.kill()

    def _period_s(self, probe: Probe) -> float:
        return max(_LEAST_PROBE_PERIOD_S, self._clock.real_s(probe.period_s))

    async def _run_probe(
        self, pod: Pod, running: _Running, command: tuple[str, ...], timeout_s: float
    ) -> bool:
        if not command:
            return False
        env = {**self._extra_env, **running.launch.env}
        words = running.launch.exec_words(command)
        if missing_program(words, env.get("PATH")):
            return await answers_tcp(running.main_port, timeout_s)
        try:
            process = await self._processes.start(
                f"{pod.name}-probe", self._namespace.wrap(words), env
            )
        except OSError:
            return False
        try:
            async with asyncio.timeout(timeout_s):
                return await process.wait() == 0
        except TimeoutError:
            await process.kill()
            return False

    async def _end(self, running: _Running, spec: PodSpec) -> None:
        grace_s = max(_LEAST_GRACE_S, self._clock.real_s(spec.grace_s))
        await running.process.stop(grace_s)
        await self._clean_up(running.launch)

    async def _clean_up(self, launch: Launch) -> None:
        if not launch.cleanup:
            return
        with contextlib.suppress(OSError):
            cleaning = await asyncio.create_subprocess_exec(
                *launch.cleanup,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await cleaning.wait()

    def _record(self, pod: Pod, context: PodContext, state: ReplicaState, detail: str = "") -> None:
        now_s, image = (
            self._clock.now_s(),
            read_pod(pod.template, context.target_port).container.image,
        )
        self._recording.append(
            ReplicaRecord(now_s, pod.name, context.workload, pod.revision, state, detail, image)
        )


def _main_port(spec: PodSpec, target_port: int | str | None) -> int:
    found = spec.container.port(target_port)
    if found is not None:
        return found.number
    if isinstance(target_port, int) or (target_port or "").isdecimal():
        return int(target_port or 0)
    first = spec.container.port(None)
    return first.number if first else 8080


def _local_ports(spec: PodSpec, target_port: int | str | None) -> dict[int, int]:
    numbers = {_main_port(spec, target_port), *(p.number for p in spec.container.ports)}
    return {number: free_port() for number in sorted(numbers)}


def _resolve(spec: PodSpec, running: _Running, port: int | str | None) -> int | None:
    if port is None:
        return running.main_port
    found = spec.container.port(port)
    if found is not None:
        return running.ports.get(found.number)
    return running.ports.get(int(port)) if str(port).isdecimal() else None


def _downward_fields(pod: Pod, context: PodContext, spec: PodSpec) -> dict[str, str]:
    fields = {
        "metadata.name": pod.name,
        "metadata.namespace": context.namespace,
        "metadata.uid": pod.name,
        "spec.nodeName": "localhost",
        "spec.serviceAccountName": "default",
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
    fields |= {f"metadata.labels['{k}']": v for k, v in spec.labels.items()}
    return fields | {f"metadata.annotations['{k}']": v for k, v in spec.annotations.items()}


def _ending(code: int, process: Process) -> str:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"{how}: {process.last_words()}"


def _port_was_taken(process: Process) -> bool:
    return "address already in use" in process.last_words(20).lower()
