"""One canary under control in the live world: its ports and its controller's ticks."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.loop import Controller
from rehearsal.flagger.controller.ports import Hooks, Metrics, Ports
from rehearsal.flagger.controller.ticker import Ticker
from rehearsal.live.config import CanaryConfig, EnvironmentConfig
from rehearsal.live.mesh.routes import EnvoyRoutes
from rehearsal.live.punctuality import Punctuality
from rehearsal.live.workloads.canary_workloads import CanaryWorkloads
from rehearsal.live.workloads.cluster import START_PATIENCE_S
from rehearsal.recording import Recording
from rehearsal.recording.controller_events import RecordedEvents
from rehearsal.recording.recorded_ports import RecordedHooks, RecordedMetrics, RecordedStore
from rehearsal.recording.records import TickRecord


class Rollout:
    """A canary, its target and primary, and what the controller knows of it."""

    def __init__(
        self,
        config: CanaryConfig,
        environment: EnvironmentConfig,
        clock: ScaledClock,
        recording: Recording,
        workloads: CanaryWorkloads,
        punctuality: Punctuality,
    ) -> None:
        self.config = config
        self.name = config.canary.full_name
        self.workloads = workloads
        self.store = RecordedStore(
            patient_canary(config.canary, clock.most_speed),
            environment.templates,
            environment.alert_providers,
            environment.secrets,
        )
        self.store.record_to(recording, clock)
        self._clock = clock
        self._recording = recording
        self._punctuality = punctuality
        self.routes: EnvoyRoutes | None = None

    def canary(self) -> Canary:
        """The object as it stands."""
        return self.store.get()

    def edit(self, patch: Mapping[str, Any]) -> None:
        """`kubectl patch --type merge` of the spec; ValidationError for what is not one."""
        spec = self.canary().spec.model_dump(by_alias=True, exclude_unset=True)
        self.store.put_spec(CanarySpec.model_validate(merge_patch(spec, patch)))

    def apply_target(self) -> None:
        """`kubectl apply` of the target."""
        self.workloads.create_target(self.config.target)

    async def control(self, routes: EnvoyRoutes, metrics: Metrics, hooks: Hooks) -> None:
        """Let the control loop take the canary up; until cancelled."""
        self.routes = routes
        ports = Ports(
            store=self.store,
            workloads=self.workloads,
            routes=routes,
            metrics=RecordedMetrics(metrics, self.canary, self._recording, self._clock),
            hooks=RecordedHooks(hooks, self.name, self._recording, self._clock),
            events=RecordedEvents(self._recording, self._clock),
            clock=self._clock,
        )
        flags = Flags(mesh_provider=self.config.provider, epoch_s=self._clock.started_at_s)
        controller = Controller(ports, flags)
        controller.sync()
        await self._tick(controller)

    async def _tick(self, controller: Controller) -> None:
        interval_s = self.canary().spec.analysis.interval_s
        ticker = Ticker(interval_s, self._clock.now_s())
        while True:
            due_s = self._clock.now_s() + ticker.wait_s(self._clock.now_s())
            await self._clock.sleep(due_s - self._clock.now_s())
            self._punctuality.tick(self._clock.now_s(), due_s, interval_s)
            if ticker.due(self._clock.now_s()):
                self._recording.append(TickRecord(self._clock.now_s(), self.name))
                await asyncio.to_thread(controller.tick)
            wanted_s = self._interval_s(interval_s)
            if wanted_s != interval_s:
                interval_s = wanted_s
                ticker = Ticker(interval_s, self._clock.now_s())

    def _interval_s(self, before_s: float) -> float:
        """Flagger starts a new job, at once, when the interval was edited."""
        try:
            return self.canary().spec.analysis.interval_s
        except PortError:
            return before_s


def patient_canary(canary: Canary, speed: float) -> Canary:
    """The canary with a progress deadline that real processes can keep at this speed."""
    patience_s = int(START_PATIENCE_S * speed)
    deadline_s = max(canary.spec.progress_deadline_seconds, patience_s)
    spec = canary.spec.model_copy(update={"progress_deadline_seconds": deadline_s})
    return replace(canary, spec=spec)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged
