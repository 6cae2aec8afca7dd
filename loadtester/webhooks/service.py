"""The parts of one running load tester, handed to its routes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata

from loadtester.webhooks.auth import Keys
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runner import Limits, Runner
from loadtester.webhooks.runs import Run
from loadtester.webhooks.settings import Settings
from loadtester.webhooks.stores import Store

_MOST_ASKED = 1000


@dataclass(frozen=True)
class Service:
    """Everything a route may need. ``asked`` holds when each gate was last asked about."""

    settings: Settings
    keys: Keys
    store: Store
    runner: Runner
    processes: Supervisor
    policy: Policy
    metrics: Metrics
    version: str
    asked: dict[str, float] = field(default_factory=dict)

    @classmethod
    def build(cls, settings: Settings, keys: Keys, store: Store, server: str) -> "Service":
        """Put the parts together; nothing is started yet."""
        metrics, processes = Metrics(), Supervisor(owns_children=True)
        limits = Limits(settings.timeout, settings.max_tasks, settings.max_output_bytes)
        return cls(
            settings=settings,
            keys=keys,
            store=store,
            runner=Runner(store, processes, limits, metrics, server),
            processes=processes,
            policy=Policy(settings.allow_command, settings.allow_target, settings.no_shell),
            metrics=metrics,
            version=metadata_version(),
        )

    async def ask_gate(self, kind: str, gate: str) -> bool:
        """Whether a gate is open, counted and remembered."""
        is_open = await self.store.is_open(gate)
        if gate in self.asked or len(self.asked) < _MOST_ASKED:
            self.asked[gate] = time.time()
        self.metrics.checked(kind, is_open)
        return is_open

    async def change_gate(self, gate: str, is_open: bool) -> None:
        """Open or close a gate; returns once that is durable."""
        await self.store.set_gate(gate, is_open)
        self.metrics.gates.labels(gate).set(is_open)

    async def latest_runs(self, limit: int) -> Sequence[Run]:
        """Runs under way here, with their live numbers, and recorded ones, newest first."""
        now = time.time()
        active = {active.run.id: active.run for active in self.runner.active()}
        stored = [run.at(now) for run in await self.store.runs(limit)]
        past = [run for run in stored if run.id not in active]
        both = sorted([*active.values(), *past], key=lambda run: run.started_at, reverse=True)
        return both[:limit]


def metadata_version() -> str:
    """The version of this distribution."""
    return metadata.version("canary-rehearsal")
