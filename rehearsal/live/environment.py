"""The stage: Envoy, replicas, load tester, visitors and the control loop, brought up and down."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from rehearsal.clock import ScaledClock
from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.loop import Controller
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.controller.ticker import Ticker
from rehearsal.live.dependencies import Neighbour, Neighbours, beside
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.mesh.routes import EnvoyRoutes
from rehearsal.live.process_group import Nursery, Program
from rehearsal.live.scraping.measure import Measured, measure
from rehearsal.live.scraping.prometheus import SCRAPE_INTERVAL_S, Prometheus
from rehearsal.live.scraping.sources import Target, source
from rehearsal.live.traffic import Visitors
from rehearsal.live.webhooks import HttpHooks
from rehearsal.live.workloads.cluster import START_PATIENCE_S, Cluster
from rehearsal.recording.event_log import Journal
from rehearsal.recording.snapshot import Glance
from xray_local.daemon import Daemon
from xray_local.traces import Traces

LOADTESTER = Neighbour("flagger-loadtester", "loadtester")
FRONTEND = Neighbour("frontend", "detail_service.frontend", "/ping")
_ECHO_S = 0.5


@dataclass(frozen=True)
class Setting:
    """What a stage is set up with. `port` is the mesh's, 0 for any free one."""

    canary: Canary
    templates: tuple[MetricTemplate, ...] = ()
    alert_providers: tuple[AlertProvider, ...] = ()
    port: int = 0
    visits_per_s: float = 40.0


class Stage:
    """A running stage; made by `raised`."""

    def __init__(
        self, setting: Setting, clock: ScaledClock, journal: Journal, nursery: Nursery
    ) -> None:
        self.setting = setting
        self.journal = journal
        self.clock = clock
        self.nursery = nursery
        self.envoy = Envoy(nursery, setting.port, self.clock.real_s(SCRAPE_INTERVAL_S) / 2)
        self.failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.store = MemoryStore(
            _patient(setting.canary, clock.speed), setting.templates, setting.alert_providers
        )
        apex = setting.canary.apex_service
        self.cluster = Cluster(
            nursery, self.envoy, self.clock, apex, self.fail, self._explain_later
        )
        self.traces = Traces()
        self.daemon = Daemon(self.traces)
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def proxy(self) -> str:
        """Where the mesh is reached: what `http_proxy` is set to."""
        return f"http://127.0.0.1:{self.envoy.port}"

    def url(self, service: str, path: str = "/") -> str:
        """The address of a service by its name inside the cluster."""
        port = self.setting.canary.spec.service.port
        return f"http://{service}.{self.setting.canary.namespace}:{port}{path}"

    def fail(self, reason: str) -> None:
        """A part has died: the run ends with this reason."""
        if not self.failure.done():
            self.failure.set_result(reason)

    async def start(self) -> None:
        """Bring everything up that is there before the canary is."""
        self._watch(await self.envoy.start())
        self.cluster.trace_to(await self.daemon.start())
        await self._start_neighbours()
        canary = self.setting.canary
        self.routes = EnvoyRoutes(self.envoy, canary, asyncio.get_running_loop())
        self.prometheus = Prometheus(self.clock, self._source(), self._targets)
        catalog = self.url(canary.apex_service, "/catalogDetail")
        self.visitors = Visitors(catalog, self.proxy, self.setting.visits_per_s)
        front_page = f"http://{FRONTEND.name}.{canary.namespace}:9000/"
        for work in (
            self.cluster.run(),
            self.prometheus.run(),
            self.visitors.run(),
            self.visitors.read(front_page),
        ):
            self._spawn(work)

    async def _start_neighbours(self) -> None:
        canary = self.setting.canary
        neighbours = Neighbours(self.nursery, self.envoy, canary.namespace, self._watch)
        data = str(self.nursery.folder / LOADTESTER.name)
        shop = self.url(canary.apex_service, "/catalogDetail")
        await asyncio.gather(
            neighbours.start(
                LOADTESTER, self.loadtester_environment() | {"LOADTESTER_DATA_DIR": data}
            ),
            neighbours.start(
                FRONTEND,
                beside(self.proxy)
                | {"BASE_URL": shop, "AWS_XRAY_DAEMON_ADDRESS": self.daemon.address},
            ),
        )

    def begin_control(self) -> None:
        """Let the control loop take the canary up."""
        ports = Ports(
            store=self.store,
            workloads=self.cluster,
            routes=self.routes,
            metrics=self.prometheus,
            hooks=HttpHooks(self.clock, self.proxy),
            events=self.journal,
            clock=self.clock,
        )
        flags = Flags(mesh_provider=self._provider(), epoch_s=self.clock.started_at_s)
        self._spawn(self._control(Controller(ports, flags)))

    def loadtester_environment(self) -> dict[str, str]:
        """What a shell in the load tester sees."""
        return {**beside(self.proxy), "REHEARSAL_SPEED": f"{self.clock.speed:g}"}

    async def execute(self, name: str, command: str) -> str:
        """Run a shell command as `kubectl exec` in the load tester would; its output."""
        program = await self.nursery.start(
            name, ["bash", "-c", command], self.loadtester_environment()
        )
        program.expected_to_end = True
        await program.wait()
        return program.log.read_text(errors="replace")

    async def page(self, service: str) -> Any:
        """The version page of a service, through the mesh, as JSON."""
        async with httpx.AsyncClient(proxy=self.proxy, trust_env=False, timeout=10) as client:
            answer = await client.get(self.url(service), headers={"Accept": "application/json"})
            return answer.json()

    def glance(self, name: str, act: str, visits: int, failures: int) -> Glance:
        """The moment, for a live view."""
        canary, routing = self.store.get(), self.routes.get()
        measured = self._measured()
        return Glance(
            name=name,
            act=act,
            phase=str(canary.status.phase),
            primary_weight=routing.primary,
            canary_weight=routing.canary,
            failed_checks=canary.status.failed_checks,
            threshold=canary.spec.analysis.failed_checks_limit,
            success_percent=measured.success_percent,
            p99_ms=measured.p99_ms,
            visits=visits,
            failures=failures,
            time_s=self.clock.now_s(),
        )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cluster.close()
        await self.envoy.close()
        self.daemon.close()

    def _measured(self) -> Measured:
        return measure(self.store.get(), self._provider(), self.prometheus)

    async def _control(self, controller: Controller) -> None:
        controller.sync()
        interval_s = self.setting.canary.spec.analysis.interval_s
        ticker = Ticker(interval_s, self.clock.now_s())
        while True:
            await self.clock.sleep(ticker.wait_s(self.clock.now_s()))
            if ticker.due(self.clock.now_s()):
                await asyncio.to_thread(controller.tick)

    def _watch(self, program: Program) -> None:
        async def watch() -> None:
            code = await program.wait()
            if not program.expected_to_end:
                self.fail(f"{program.name} ended with exit code {code}: {program.last_words()}")

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
        loop = asyncio.get_running_loop()
        loop.call_later(_ECHO_S, self.fail, reason)

    def _provider(self) -> str:
        return self.setting.canary.spec.provider or "appmesh:v1beta2"

    def _source(self) -> Any:
        found = source(self._provider())
        if found is None:
            raise UserError(
                f"spec.provider: {self._provider()!r} has no metrics on one machine; use"
                " appmesh:v1beta2, kubernetes or gatewayapi:v1"
            )
        return found(self.envoy.admin)

    def _targets(self) -> Iterable[Target]:
        namespace = self.setting.canary.namespace
        pods = self.envoy.topology.pods
        return [Target(namespace, pod, port) for pod, port in pods.items()]


@asynccontextmanager
async def raised(
    setting: Setting, clock: ScaledClock, journal: Journal, keep_logs: Path | None = None
) -> AsyncIterator[Stage]:
    """A stage that is up inside the block and wholly gone after it, whatever happens."""
    nursery = Nursery()
    try:
        stage = Stage(setting, clock, journal, nursery)
        try:
            await stage.start()
            yield stage
        finally:
            await stage.close()
    finally:
        if keep_logs is not None:
            nursery.keep_logs(keep_logs)
        await nursery.close()


def check_programs() -> None:
    """UserError when a program that the canary's webhooks run is not on this machine."""
    for name in ("bash", "curl", "grep"):
        if shutil.which(name) is None:
            raise UserError(f"{name} is missing: the canary's webhooks need it; install {name}")


def _patient(canary: Canary, speed: float) -> Canary:
    """The canary with a progress deadline that real processes can keep at this speed."""
    patience_s = int(START_PATIENCE_S * speed)
    deadline_s = max(canary.spec.progress_deadline_seconds, patience_s)
    spec = canary.spec.model_copy(update={"progress_deadline_seconds": deadline_s})
    return replace(canary, spec=spec)
