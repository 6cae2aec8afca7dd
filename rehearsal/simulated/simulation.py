"""One canary and its controller over simulated ports and a virtual clock.

simulation = Simulation(canary)
simulation.bootstrap()
simulation.new_revision()
assert simulation.tick() == ["Normal New revision detected! Scaling up detail.flagger"]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import Canary, CanaryStatus
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller import Controller, Flags, Ports
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.controller.workload import DaemonSetStatus, DeploymentStatus, Workload
from rehearsal.simulated.events import SimulatedEvents
from rehearsal.simulated.hooks import SimulatedHooks
from rehearsal.simulated.metrics import SimulatedMetrics
from rehearsal.simulated.routes import SimulatedRoutes
from rehearsal.simulated.workloads import SimulatedWorkloads

TICK_S = 60.0
HEALTHY = {"request-success-rate": 100.0, "request-duration": 0.2}


class Simulation:
    """Everything is ready, healthy and accepted unless a port is scripted otherwise."""

    def __init__(
        self,
        canary: Canary,
        *,
        flags: Flags | None = None,
        templates: Iterable[MetricTemplate] = (),
        alert_providers: Iterable[AlertProvider] = (),
        secrets: Mapping[tuple[str, str], Mapping[str, bytes]] | None = None,
        replicas: int = 2,
        logs: bool = False,
        store: type[MemoryStore] = MemoryStore,
    ) -> None:
        self.clock = VirtualClock()
        self.store = store(canary, templates, alert_providers, secrets)
        kind = canary.spec.target_ref.kind
        self.workloads = SimulatedWorkloads(_target(canary, replicas), kind)
        self.routes = SimulatedRoutes(canary.apex_service)
        self.metrics = SimulatedMetrics()
        self.metrics.answers = {name: deque([value]) for name, value in HEALTHY.items()}
        self.metrics.others = 100.0
        self.hooks = SimulatedHooks()
        self.events = SimulatedEvents(with_logs=logs)
        self.ports = Ports(
            self.store,
            self.workloads,
            self.routes,
            self.metrics,
            self.hooks,
            self.events,
            self.clock,
        )
        self.controller = Controller(self.ports, flags)

    @property
    def status(self) -> CanaryStatus:
        """The canary's status as it is stored."""
        return self.store.get().status

    @property
    def weight(self) -> int:
        """The canary's weight in the data plane."""
        return self.routes.routing.canary

    def tick(self, count: int = 1) -> list[str]:
        """Tick, and return the lines that came; a minute passes before each tick."""
        before = len(self.events.lines)
        for _ in range(count):
            self.clock.advance(TICK_S)
            self.controller.tick()
        return self.events.lines[before:]

    def ticks(self, count: int) -> list[list[str]]:
        """Tick so often, and return the lines of each."""
        return [self.tick() for _ in range(count)]

    def bootstrap(self) -> None:
        """Up to `Initialization done!`; what was recorded on the way is dropped but for lines."""
        self.controller.sync()
        self.tick()
        if self.status.phase != "Initialized":
            raise RuntimeError(f"not initialized: {self.events.lines}")
        self.hooks.calls.clear()
        self.events.alerts.clear()
        self.routes.history.clear()

    def new_revision(self, image: str = "v2") -> None:
        """What `kubectl set image` does."""
        self.workloads.change(containers=[{"image": image}])

    def detected(self) -> None:
        """Bootstrapped, with a new revision found and its target started."""
        self.bootstrap()
        self.new_revision()
        self.tick()
        if self.status.phase != "Progressing":
            raise RuntimeError(f"not detected: {self.events.lines}")


def _target(canary: Canary, replicas: int) -> Workload:
    name, kind = canary.target, canary.spec.target_ref.kind
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"image": "v1"}]}}
    status = DaemonSetStatus() if kind == "DaemonSet" else DeploymentStatus()
    return Workload(name, template, {"app": name}, replicas, status=status)
