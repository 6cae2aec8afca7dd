"""The live environment: Envoy, load tester, replicas, scrapes and traffic, brought up and down."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.errors import LiveWorldError
from rehearsal.flagger.canary.model import Phase
from rehearsal.live.config import EnvironmentConfig
from rehearsal.live.dependencies import Dependencies, Dependency, client_env
from rehearsal.live.gates import Gates
from rehearsal.live.hosts import parse_address, split_host
from rehearsal.live.mesh.canary_rules import mesh_name, service_hosts
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.routes import EnvoyRoutes
from rehearsal.live.mesh.topology import Service, Topology
from rehearsal.live.mesh.tracing import sidecar_name
from rehearsal.live.naming import AddressBook, Namespace
from rehearsal.live.process_group import Process, ProcessGroup
from rehearsal.live.processor_waits import ProcessorWaits
from rehearsal.live.punctuality import Punctuality, lower_speed
from rehearsal.live.rollout import Rollout
from rehearsal.live.scraping import Scraping
from rehearsal.live.scraping.prometheus import SCRAPE_INTERVAL_S
from rehearsal.live.stand_ins import install_stand_ins
from rehearsal.live.traces import CollectedTraces, read_often
from rehearsal.live.traffic import Traffic
from rehearsal.live.webhooks import HttpHooks
from rehearsal.live.workloads.canary_workloads import CanaryWorkloads
from rehearsal.live.workloads.cluster import Cluster
from rehearsal.live.workloads.kubelet import Kubelet
from rehearsal.recording import Record, Recording
from rehearsal.recording.records import ClockRecord, NoteRecord, StatusRecord, WeightRecord

LOADTESTER = "flagger-loadtester"
LOADTESTER_PORTS = (80, 8080, 9090)
FRONTEND_PORT = 9000
_ECHO_S = 0.5
_WAITS_S = 5.0


class Environment:
    """A running environment; made by `environment`. `failure` is set when a part of it dies."""

    def __init__(
        self,
        config: EnvironmentConfig,
        clock: ScaledClock,
        recording: Recording,
        processes: ProcessGroup,
    ) -> None:
        self.config = config
        self.clock = clock
        self.recording = recording
        self.processes = processes
        self._stand_ins = install_stand_ins(processes.folder / "stand-ins")
        self._time_scale = processes.folder / "time-scale"
        self._time_scale.write_text(f"{clock.speed:g}")
        self._loop = asyncio.get_running_loop()
        self.failure: asyncio.Future[str] = self._loop.create_future()
        flush_s = clock.real_s(SCRAPE_INTERVAL_S) / 2
        self.envoy = Envoy(processes, config.envoy, config.port, flush_s)
        self.addresses = AddressBook(processes.folder / "hosts")
        self.namespace = Namespace(self.addresses.hosts_file)
        self.punctuality = Punctuality(recording, clock.real_s, self._slow_down)
        self.cluster = Cluster(self.envoy, clock, self._explain_later)
        self.rollouts = {c.canary.full_name: self._rollout(c) for c in config.canaries}
        self.traces = CollectedTraces(config.trace_percent)
        self.scraping = Scraping(self)
        self.traffic = self._traffic()
        self._dependencies = Dependencies(
            processes, self.envoy, self.addresses, self.namespace, self._watch
        )
        self._hooks: list[HttpHooks] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self.gates: Gates | None = None
        recording.subscribe(self._follow)
        recording.subscribe(self.traces.follow)

    @property
    def proxy(self) -> str:
        """Where the mesh is reached as an HTTP proxy."""
        return f"http://127.0.0.1:{self.envoy.port}"

    def fail(self, reason: str) -> None:
        """A part has died: the run ends with this reason."""
        if not self.failure.done():
            self.failure.set_result(reason)

    async def start(self) -> None:
        """Bring everything up that is there before the canaries are."""
        traced = await self.traces.start()
        frontend = sidecar_name("frontend", self.config.canary.canary.namespace)
        egresses = (frontend,) if self.config.frontend else ()
        self.envoy.topology = Topology(egresses=egresses, tracing=self.traces.tracing)
        self._watch(await self.envoy.start())
        for namespace, config in self.config.configs:
            self.cluster.put_config(namespace, config)
        pod_env = client_env(self.proxy, self.namespace, self._stand_ins)
        self.kubelet = self._kubelet(pod_env, traced)
        self.cluster.use(self.kubelet)
        await asyncio.gather(
            self._start_loadtester(),
            self._start_frontend({**pod_env, **traced}, frontend),
            self._lead_hosts(),
        )
        watches = (self._watch_reaper(), self._watch_processor())
        for work in (self.cluster.run(), self.scraping.run(), *watches):
            self._spawn(work)
        if self.traffic is not None:
            self._spawn(self.traffic.run())

    def change_speed(self, speed: float) -> None:
        """Let the clock go at another speed, and load runs to come with it; ValueError for one
        that it cannot go at."""
        self.clock.change_speed(speed)
        self._time_scale.write_text(f"{speed:g}")

    def _slow_down(self) -> None:
        """This machine does not keep up with the clock: let it go more slowly, and say so."""
        speed = lower_speed(self.clock.speed)
        if speed == self.clock.speed:
            return
        self.change_speed(speed)
        now_s = self.clock.now_s()
        self.recording.append(ClockRecord(now_s, speed, self.clock.paused))
        text = (
            f"  this machine falls behind: the canary's clock goes {speed:g} times as fast from now"
        )
        self.recording.append(NoteRecord(now_s, text))

    def begin_control(self) -> None:
        """Apply the targets and let the control loop take the canaries up."""
        loop = asyncio.get_running_loop()
        for rollout in self.rollouts.values():
            rollout.apply_target()
            canary = rollout.canary()
            routes = EnvoyRoutes(
                self.envoy,
                rollout.config.provider,
                rollout.canary,
                partial(self.listening_address, canary.namespace, canary.spec.service.port),
                self.recording,
                self.clock,
                loop,
                self._weight_will_change,
                self._aliases(rollout),
            )
            hooks = HttpHooks(self.clock, self.proxy)
            self._hooks.append(hooks)
            self._spawn(rollout.control(routes, self.scraping.metrics(rollout), hooks))

    def loadtester_env(self) -> dict[str, str]:
        """What a shell in the load tester sees."""
        env = client_env(self.proxy, self.namespace, self._stand_ins)
        return {**env, "HEY_TIME_SCALE": f"@{self._time_scale}"}

    async def execute(self, name: str, command: str) -> str:
        """Run a shell command as `kubectl exec` in the load tester would; its output."""
        argv = self.namespace.wrap(["bash", "-c", command])
        process = await self.processes.start(name, argv, self.loadtester_env())
        process.expected_to_end = True
        try:
            await process.wait()
        except asyncio.CancelledError:
            await process.kill()
            raise
        return process.output()

    async def close(self) -> None:
        for hooks in self._hooks:
            hooks.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cluster.close()
        await self.scraping.close()
        if self.gates is not None:
            await self.gates.close()
        await self.envoy.close()
        await self.traces.close()

    def _rollout(self, config: Any) -> Rollout:
        workloads = CanaryWorkloads(self.cluster, config.canary, config.scaler)
        return Rollout(config, self.config, self.clock, self.recording, workloads, self.punctuality)

    def _kubelet(self, env: dict[str, str], forced: dict[str, str]) -> Kubelet:
        return Kubelet(
            self.processes,
            self.envoy,
            self.clock,
            self.recording,
            self.config.applications,
            self.namespace,
            env,
            forced,
            self.cluster.mark_ready,
        )

    def listening_address(self, namespace: str, port: int, name: str) -> str:
        """The loopback address of a service, "" when its port cannot be listened on."""
        full = mesh_name(namespace, name)
        address = self.addresses.address(full, service_hosts(name, namespace))
        return address if self.addresses.listening_ports(address, (port,)) else ""

    def _aliases(self, rollout: Rollout) -> dict[str, tuple[Service, ...]]:
        """Further hosts that lead to the first canary, by the side they lead to."""
        if rollout.config is not self.config.canary:
            return {}
        found: dict[str, tuple[Service, ...]] = {}
        for target in self.config.hosts:
            if target.side:
                alias = self._alias(target.host, rollout)
                found[target.side] = (*found.get(target.side, ()), alias)
        return found

    def _alias(self, host: str, rollout: Rollout) -> Service:
        name, namespace = split_host(host, rollout.config.canary.namespace)
        full = mesh_name(namespace, name)
        hosts = tuple(dict.fromkeys((host, *service_hosts(name, namespace))))
        ports = tuple(dict.fromkeys((80, 8080, rollout.config.canary.spec.service.port)))
        address = self.addresses.address(full, hosts)
        usable = self.addresses.listening_ports(address, ports)
        return Service(full, hosts, (), address if usable else "", usable)

    def _traffic(self) -> Traffic | None:
        plan, canary = self.config.traffic, self.config.canary.canary
        if plan is None:
            return None
        port = canary.spec.service.port
        url = f"http://{canary.apex_service}.{canary.namespace}:{port}"
        return Traffic(plan, url, lambda: self.proxy, self.side_of, self.clock, self.recording)

    def _weight_will_change(self) -> None:
        if self.traffic is not None:
            self.traffic.note_weight(None)

    def _follow(self, record: Record) -> None:
        """What background traffic has to know: that the apex is there, and the weight in force."""
        first = self.config.canary.canary.full_name
        if self.traffic is None:
            return
        if isinstance(record, StatusRecord) and record.canary == first:
            if record.phase == Phase.INITIALIZED:
                self._loop.call_soon_threadsafe(self.traffic.open)
        elif isinstance(record, WeightRecord) and record.canary == first:
            self.traffic.note_weight(record.canary_weight)

    def side_of(self, pod: str) -> str:
        """`primary` or `canary`, by the workload that a pod belongs to."""
        found = self.cluster.pods().get(pod)
        workload = found[0][1] if found else pod
        return "primary" if workload.endswith("-primary") or "-primary-" in pod else "canary"

    async def _start_loadtester(self) -> None:
        names = self.config.receivers
        if self.config.hook_host:
            address = parse_address(self.config.hook_host)
            await self._dependencies.lead_names_to(names, LOADTESTER_PORTS, address)
            return
        if not names:
            return
        data = str(self.processes.folder / "loadtester")
        dependency = Dependency("loadtester", names, LOADTESTER_PORTS)
        hosts = "\n".join(f"{name}.{namespace}" for name, namespace in names)
        env = self.loadtester_env() | {"LOADTESTER_DATA_DIR": data, "LOADTESTER_ALLOW_HOST": hosts}
        port = await self._dependencies.start(dependency, env)
        self.gates = Gates(port)

    async def _lead_hosts(self) -> None:
        """Hosts that the user leads to an address of this machine or another."""
        namespace = self.config.canary.canary.namespace
        for target in self.config.hosts:
            if target.address is not None:
                name = split_host(target.host, namespace)
                ports = tuple(dict.fromkeys((80, 8080, target.address[1])))
                await self._dependencies.lead_names_to((name,), ports, target.address)

    async def _start_frontend(self, env: dict[str, str], sidecar: str) -> None:
        if not self.config.frontend:
            return
        canary = self.config.canary.canary
        host = f"{canary.apex_service}.{canary.namespace}:{canary.spec.service.port}"
        names = (("frontend", canary.namespace),)
        dependency = Dependency("detail_service.frontend", names, (FRONTEND_PORT,), "/ping")
        egress = f"http://127.0.0.1:{await self.envoy.egress_port(sidecar)}"
        more = {"BASE_URL": f"http://{host}/catalogDetail", "http_proxy": egress}
        await self._dependencies.start(dependency, {**env, **more})
        url = f"http://frontend.{canary.namespace}:{FRONTEND_PORT}/"
        self._spawn(read_often(url, self.proxy))

    async def _watch_processor(self) -> None:
        """Note it when a part could run and did not get to."""
        waits = ProcessorWaits()
        while True:
            waits.longest_s(self.processes.running_pids())
            await asyncio.sleep(_WAITS_S)
            waited_s = waits.longest_s(self.processes.running_pids())
            self.punctuality.processor(self.clock.now_s(), waited_s, _WAITS_S)

    async def _watch_reaper(self) -> None:
        code = await self.processes.reaper_ended()
        self.fail(f"the reaper ended with exit code {code}; nothing would clean up after a crash")

    def _watch(self, process: Process) -> None:
        async def watch() -> None:
            code = await process.wait()
            if not process.expected_to_end:
                self.fail(f"{process.name} ended with exit code {code}: {process.last_words()}")

        self._spawn(watch())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._explain_later(f"{type(error).__name__}: {error}")

    def _explain_later(self, reason: str) -> None:
        """An error is often the echo of a part's death, which then is the reason to give."""
        asyncio.get_running_loop().call_later(_ECHO_S, self.fail, reason)


@asynccontextmanager
async def environment(
    config: EnvironmentConfig,
    clock: ScaledClock,
    recording: Recording,
    keep_logs: Path | None = None,
) -> AsyncIterator[Environment]:
    """An environment that is up inside the block and wholly gone after it, whatever happens."""
    processes = ProcessGroup()
    try:
        running = Environment(config, clock, recording, processes)
        try:
            await running.start()
            yield running
        finally:
            await running.close()
    finally:
        if keep_logs is not None:
            processes.keep_logs(keep_logs)
        await processes.close()


__all__ = ["Environment", "LiveWorldError", "environment"]
