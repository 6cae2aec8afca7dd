"""The workloads of this machine, and the loop that makes them so.

What is wanted is said from any thread; a loop on the event loop's thread starts and stops pods
until it is so, and tells the mesh which pods are ready. A lock stands between the two.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.workload import Config, ConfigKind, Workload
from rehearsal.live.mesh.envoy import Envoy
from rehearsal.live.workloads.deployment import Deployment, Pod, read_strategy
from rehearsal.live.workloads.kubelet import Kubelet, PodContext
from rehearsal.live.workloads.report import describe_workload

_PERIOD_S = 0.05

# Starting a real process takes its time on every clock: deadlines are never shorter than this.
START_PATIENCE_S = 30.0

Key = tuple[str, str]
"""Namespace and name."""


@dataclass
class OwnedWorkload:
    """A Deployment or DaemonSet with what stands around it.

    `cluster` is the mesh's name for its ready pods, "" for one that no service leads to.
    """

    deployment: Deployment
    namespace: str
    match_labels: Mapping[str, str]
    settings: Mapping[str, Any]
    cluster: str
    target_port: int | str | None


@dataclass
class Cluster:
    """Workloads by namespace and name, and the ConfigMaps and Secrets they mount."""

    envoy: Envoy
    clock: ScaledClock
    on_error: Callable[[str], None]
    lock: threading.RLock = field(default_factory=threading.RLock)
    workloads: dict[Key, OwnedWorkload] = field(default_factory=dict)
    configs: dict[tuple[str, ConfigKind, str], Config] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kubelet: Kubelet | None = None
        self._endpoints: dict[str, tuple[str, ...]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, kubelet: Kubelet) -> None:
        """Who runs the pods; given once, before `run`."""
        self._kubelet = kubelet

    def add(self, key: Key, owned: OwnedWorkload) -> None:
        with self.lock:
            self.workloads[key] = owned

    def find(self, key: Key) -> OwnedWorkload | None:
        with self.lock:
            return self.workloads.get(key)

    def change(
        self,
        key: Key,
        *,
        template: dict[str, Any] | None = None,
        replicas: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Want another template or number of replicas of a workload."""
        with self.lock:
            owned = self.workloads[key]
            owned.deployment.change(template=template, replicas=replicas)
            if settings is not None:
                owned.settings = settings
                daemon = owned.deployment.daemon
                owned.deployment.strategy = read_strategy(settings, daemon=daemon)

    def describe(self, key: Key) -> Workload | None:
        """The workload as the API server would report it, or None."""
        with self.lock:
            owned = self.workloads.get(key)
            if owned is None:
                return None
            deadline_s = float(owned.settings.get("progressDeadlineSeconds") or 600)
            patience_s = START_PATIENCE_S * self.clock.most_speed
            return describe_workload(
                owned.deployment,
                owned.match_labels,
                owned.settings,
                max(deadline_s, patience_s),
                self.clock.now_s(),
            )

    def config(self, namespace: str, kind: ConfigKind, name: str) -> Config | None:
        with self.lock:
            return self.configs.get((namespace, kind, name))

    def put_config(self, namespace: str, config: Config) -> None:
        with self.lock:
            self.configs[namespace, config.kind, config.name] = config

    def replicas(self) -> dict[str, tuple[int, int]]:
        """By workload: ready replicas, wanted replicas."""
        with self.lock:
            return {
                name: (len(o.deployment.ready_pods()), o.deployment.replicas)
                for (_, name), o in self.workloads.items()
            }

    def settled(self) -> bool:
        """Whether every workload has just the pods it wants, all available."""
        with self.lock:
            return all(self._complete(o.deployment) for o in self.workloads.values())

    def pods(self) -> dict[str, tuple[Key, Pod]]:
        """Every pod by name, with the workload it belongs to."""
        with self.lock:
            return {
                pod.name: (key, pod)
                for key, owned in self.workloads.items()
                for pod in owned.deployment.pods.values()
            }

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            await self._reconcile()
            await asyncio.sleep(_PERIOD_S)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._kubelet is not None:
            await self._kubelet.close()

    def mark_ready(self, name: str, ready: bool) -> None:
        """What a pod's probes say."""
        with self.lock:
            for owned in self.workloads.values():
                if name in owned.deployment.pods:
                    owned.deployment.mark_ready(name, ready, self.clock.now_s())

    async def _reconcile(self) -> None:
        starting: list[tuple[OwnedWorkload, Pod]] = []
        stopping: list[tuple[OwnedWorkload, Pod]] = []
        with self.lock:
            for owned in self.workloads.values():
                started, stopped = owned.deployment.reconcile(self.clock.now_s())
                starting += [(owned, pod) for pod in started]
                stopping += [(owned, pod) for pod in stopped]
            endpoints = self._ready_pods()
        for owned, pod in starting:
            self._runner.start(pod, self._context(owned))
        await self._publish(endpoints)
        for owned, pod in stopping:
            self._spawn(self._retire(owned, pod))

    def _ready_pods(self) -> dict[str, tuple[str, ...]]:
        return {o.cluster: o.deployment.ready_pods() for o in self.workloads.values() if o.cluster}

    async def _publish(self, endpoints: Mapping[str, tuple[str, ...]]) -> None:
        if endpoints == self._endpoints:
            return
        self._endpoints = dict(endpoints)
        await self.envoy.change(lambda topology: topology.with_clusters(endpoints))

    async def _retire(self, owned: OwnedWorkload, pod: Pod) -> None:
        await self._runner.stop(pod, self._context(owned))
        with self.lock:
            owned.deployment.forget(pod.name)

    def _context(self, owned: OwnedWorkload) -> PodContext:
        namespace = owned.namespace
        return PodContext(
            workload=owned.deployment.name,
            namespace=namespace,
            target_port=owned.target_port,
            read_config=lambda kind, name: self.config(namespace, kind, name),
        )

    @property
    def _runner(self) -> Kubelet:
        assert self._kubelet is not None
        return self._kubelet

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.on_error(f"{type(error).__name__}: {error}")

    def _complete(self, deployment: Deployment) -> bool:
        available = deployment.available(self.clock.now_s(), deployment.current())
        return available == deployment.replicas == len(deployment.pods)
