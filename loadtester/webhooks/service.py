"""The parts of one running load tester, handed to its routes."""

from dataclasses import dataclass

from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runner import Limits, Runner
from loadtester.webhooks.settings import Settings
from loadtester.webhooks.stores import Store


@dataclass(frozen=True)
class Service:
    """Everything a route may need."""

    settings: Settings
    store: Store
    runner: Runner
    processes: Supervisor
    policy: Policy
    metrics: Metrics

    @classmethod
    def build(cls, settings: Settings, store: Store, server: str) -> "Service":
        """Put the parts together; nothing is started yet."""
        metrics, processes = Metrics(), Supervisor()
        limits = Limits(settings.timeout, settings.max_tasks, settings.max_output_bytes)
        return cls(
            settings=settings,
            store=store,
            runner=Runner(store, processes, limits, metrics, server),
            processes=processes,
            policy=Policy(settings.allow_command, settings.allow_target, settings.no_shell),
            metrics=metrics,
        )
