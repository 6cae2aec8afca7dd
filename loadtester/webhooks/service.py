"""The parts of one running load tester, handed to its routes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from commons import __version__
from loadtester.webhooks.access.auth import Keys
from loadtester.webhooks.gates import Gates
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runs.heartbeat import Heartbeat, new_server_name
from loadtester.webhooks.runs.recorder import RunRecorder
from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.runs.runner import ActiveRun, Limits, Runner
from loadtester.webhooks.runs.selection import EVERY_RUN, RunSelection
from loadtester.webhooks.settings import Settings
from loadtester.webhooks.stores import Store
from loadtester.webhooks.tasks.request import Defaults, TaskRequest

MOST_RUNS = 10_000
"""Recorded runs that are looked through for those that somebody looks for."""


@dataclass(frozen=True)
class Service:
    """Everything a route may need."""

    settings: Settings
    keys: Keys
    store: Store
    recorder: RunRecorder
    runner: Runner
    heartbeat: Heartbeat
    processes: Supervisor
    policy: Policy
    defaults: Defaults
    metrics: Metrics
    gates: Gates
    version: str = field(default=__version__)

    @classmethod
    def build(cls, settings: Settings, keys: Keys, store: Store) -> "Service":
        """Put the parts together; nothing is started yet."""
        metrics, processes = Metrics(), Supervisor(owns_children=True)
        limits = Limits(settings.timeout, settings.max_tasks, settings.max_output_bytes)
        server = new_server_name()
        recorder = RunRecorder(store)
        runner = Runner(recorder, processes, limits, metrics, server)
        return cls(
            settings=settings,
            keys=keys,
            store=store,
            recorder=recorder,
            runner=runner,
            heartbeat=Heartbeat(store, recorder, runner, server),
            processes=processes,
            policy=settings.policy(),
            defaults=Defaults(settings.verdict, settings.on_failure),
            metrics=metrics,
            gates=Gates(store, metrics),
        )

    async def start(self, request: TaskRequest) -> ActiveRun:
        """Start a task; see `Runner.start`."""
        return await self.runner.start(request)

    async def last_run(self, key: str) -> Run | None:
        """The newest run of one canary and task, as it stands now."""
        if (active := self.runner.find(key)) is not None:
            return active.run
        return await self.heartbeat.settled(await self.recorder.latest(key))

    async def find_run(self, run_id: str) -> Run | None:
        """The run with that id, as it stands now."""
        for active in self.runner.active():
            if active.record.id == run_id:
                return active.run
        return await self.heartbeat.settled(await self.recorder.run(run_id))

    async def latest_runs(
        self, limit: int, offset: int = 0, selection: RunSelection = EVERY_RUN
    ) -> Sequence[Run]:
        """Runs under way here, with their live numbers, and recorded ones, newest first."""
        active = {active.record.id: active.run for active in self.runner.active()}
        most = limit + offset if selection.takes_all else MOST_RUNS
        past = [run for run in await self.recorder.runs(most) if run.id not in active]
        settled = await self.heartbeat.all_settled(past)
        both = [*active.values(), *settled]
        both.sort(key=lambda run: run.started_at, reverse=True)
        return selection.page_of(both, limit, offset)

    @property
    def trouble(self) -> str:
        """Why this server should not be called now; empty if it may."""
        if self.runner.draining:
            return "stopping"
        return self.heartbeat.store_error
