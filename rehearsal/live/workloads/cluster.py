"""The cluster of this machine: the target, its primary, and the loop that makes them so.

The controller's thread says what is wanted (the `Workloads` port); a loop on the event loop's
thread starts and stops pods until it is so. A lock stands between the two.
"""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.ports import Applied
from rehearsal.flagger.controller.workload import Config, ConfigKind, Workload
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.process_group import Nursery
from rehearsal.live.workloads.deployment import Deployment, Pod
from rehearsal.live.workloads.kubelet import DeathReport, Kubelet
from rehearsal.live.workloads.manifest import DeploymentManifest
from rehearsal.live.workloads.report import workload

_PERIOD_S = 0.05

# Starting a real process takes its time on every clock: deadlines are never shorter than this.
START_PATIENCE_S = 30.0


@dataclass
class _Owned:
    """A Deployment with the parts of its manifest that are only carried along."""

    deployment: Deployment
    match_labels: dict[str, str]
    settings: dict[str, Any]
    service: str


class Cluster:
    """Target and primary as processes; the controller's `Workloads` port."""

    def __init__(
        self,
        nursery: Nursery,
        envoy: Envoy,
        clock: ScaledClock,
        apex: str,
        on_death: DeathReport,
        on_error: DeathReport,
    ) -> None:
        self._clock = clock
        self._apex = apex
        self._envoy = envoy
        self._kubelet = Kubelet(nursery, envoy, clock, self._mark_ready, on_death)
        self._lock = threading.RLock()
        self._owned: dict[str, _Owned] = {}
        self._target = ""
        self._min_replicas: int | None = None
        self._primary_scaled = False
        self._endpoints: dict[str, tuple[str, ...]] = {}
        self._busy: set[asyncio.Task[None]] = set()
        self._on_error = on_error

    def trace_to(self, daemon: str) -> None:
        """Where the pods started from now on send their X-Ray segments."""
        self._kubelet.trace_to(daemon)

    # What a person does: kubectl apply, kubectl set image.

    def apply(self, manifest: DeploymentManifest, min_replicas: int | None) -> None:
        """Create the target, or change its template as its owner would."""
        with self._lock:
            self._target, self._min_replicas = manifest.name, min_replicas
            owned = self._owned.get(manifest.name)
            if owned is not None:
                owned.deployment.change(template=manifest.template)
                return
            wanted = max(manifest.replicas, min_replicas or 0)
            deployment = _deployment(manifest.name, manifest.template, wanted, manifest.settings)
            self._owned[manifest.name] = _Owned(
                deployment, manifest.match_labels, manifest.settings, f"{self._apex}-canary"
            )

    def change(self, template: dict[str, Any]) -> None:
        """Give the target another template, as `kubectl set image` does."""
        with self._lock:
            self._owned[self._target].deployment.change(template=template)

    def exists(self) -> bool:
        """Whether the target has been created."""
        return bool(self._target)

    def template(self) -> dict[str, Any]:
        """The target's pod template as it stands."""
        with self._lock:
            return self._owned[self._target].deployment.template

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """The ready pods of each service."""
        with self._lock:
            return {o.service: o.deployment.ready_pods() for o in self._owned.values()}

    def settled(self) -> bool:
        """Whether every Deployment has just the pods it wants, all available."""
        with self._lock:
            return all(self._complete(o.deployment) for o in self._owned.values())

    # What the controller asks.

    def target(self) -> Workload | None:
        return self._workload(self._target)

    def primary(self) -> Workload | None:
        return self._workload(f"{self._target}-primary")

    def apply_primary(self, workload: Workload) -> None:
        template, settings = dict(workload.template), dict(workload.settings)
        with self._lock:
            owned = self._owned.get(workload.name)
            if owned is None:
                wanted = max(workload.replicas or 1, self._min_replicas or 0)
                self._owned[workload.name] = _Owned(
                    _deployment(workload.name, template, wanted, settings),
                    dict(workload.match_labels),
                    settings,
                    f"{self._apex}-primary",
                )
                return
            owned.deployment.change(template=template, replicas=workload.replicas)
            owned.settings = settings

    def scale_target(self, replicas: int) -> None:
        with self._lock:
            self._owned[self._target].deployment.change(replicas=replicas)

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        del kind, name
        return None

    def apply_config(self, config: Config) -> None:
        raise NotImplementedError(f"no config is mounted here: {config.name}")

    def scaler_min_replicas(self) -> int | None:
        return self._min_replicas

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        del update
        with self._lock:
            known, self._primary_scaled = self._primary_scaled, True
            return "unchanged" if known else "created"

    def pause_target_scaler(self) -> None:
        return None

    def resume_target_scaler(self) -> None:
        return None

    # What makes it so.

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            await self._reconcile()
            await asyncio.sleep(_PERIOD_S)

    async def close(self) -> None:
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        await self._kubelet.close()

    async def _reconcile(self) -> None:
        starting: list[Pod] = []
        stopping: list[tuple[Deployment, Pod]] = []
        with self._lock:
            for owned in self._owned.values():
                started, stopped = owned.deployment.reconcile(self._clock.now_s())
                starting += started
                stopping += [(owned.deployment, pod) for pod in stopped]
            endpoints = self.endpoints()
        for pod in starting:
            self._do(self._kubelet.start(pod))
        await self._publish(endpoints)
        for deployment, pod in stopping:
            self._do(self._retire(deployment, pod))

    async def _publish(self, endpoints: Mapping[str, tuple[str, ...]]) -> None:
        if endpoints == self._endpoints:
            return
        self._endpoints = dict(endpoints)
        await self._envoy.change(lambda topology: topology.with_services(endpoints))

    async def _retire(self, deployment: Deployment, pod: Pod) -> None:
        await self._kubelet.stop(pod.name)
        with self._lock:
            deployment.forget(pod.name)

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(str(error))

    def _mark_ready(self, name: str, ready: bool) -> None:
        with self._lock:
            for owned in self._owned.values():
                if name in owned.deployment.pods:
                    owned.deployment.mark_ready(name, ready, self._clock.now_s())

    def _complete(self, deployment: Deployment) -> bool:
        available = deployment.available(self._clock.now_s(), deployment.current())
        return available == deployment.replicas == len(deployment.pods)

    def _workload(self, name: str) -> Workload | None:
        with self._lock:
            owned = self._owned.get(name)
            if owned is None:
                return None
            deadline_s = float(owned.settings.get("progressDeadlineSeconds", 600))
            patience_s = START_PATIENCE_S * self._clock.speed
            return workload(
                owned.deployment,
                owned.match_labels,
                owned.settings,
                max(deadline_s, patience_s),
                self._clock.now_s(),
            )


def _deployment(
    name: str, template: dict[str, Any], replicas: int, settings: Mapping[str, Any]
) -> Deployment:
    rolling = settings.get("strategy", {}).get("rollingUpdate", {})
    return Deployment(
        name=name,
        template=template,
        replicas=replicas,
        min_ready_s=float(settings.get("minReadySeconds", 0)),
        max_unavailable=_pods(rolling.get("maxUnavailable", "25%"), replicas, up=False),
        max_surge=_pods(rolling.get("maxSurge", "25%"), replicas, up=True),
    )


def _pods(value: int | str, replicas: int, up: bool) -> int:
    """A number of pods, or a share of the replicas: surge rounds up, unavailability down."""
    if isinstance(value, int):
        return value
    share = replicas * int(value.rstrip("%"))
    return -(-share // 100) if up else share // 100
