import asyncio
from typing import Any

import pytest

from rehearsal.live.workloads.cluster import Cluster, OwnedWorkload
from rehearsal.live.workloads.deployment import Deployment, Pod, RollingUpdate
from rehearsal.live.workloads.kubelet import PodContext
from tests.rehearsal.live.fakes import FakeEnvoy, SettableClock, until

pytestmark = pytest.mark.anyio
KEY = ("flagger", "detail")


class FakeKubelet:
    """Pods live until they are stopped; `ready` says which become ready at once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.ready = True
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.contexts: list[PodContext] = []
        self.failure: Exception | None = None
        self.closed = False

    def start(self, pod: Pod, context: PodContext) -> None:
        self.started.append(pod.name)
        self.contexts.append(context)
        if self.ready:
            self._cluster.mark_ready(pod.name, True)

    async def stop(self, pod: Pod, context: PodContext) -> None:
        self.stopped.append(pod.name)
        if self.failure is not None:
            raise self.failure

    async def close(self) -> None:
        self.closed = True


class Scene:
    """A cluster with one workload, running."""

    def __init__(self) -> None:
        self.envoy = FakeEnvoy()
        self.errors: list[str] = []
        envoy: Any = self.envoy
        self.cluster = Cluster(envoy, SettableClock(), self.errors.append)
        self.kubelet = FakeKubelet(self.cluster)
        kubelet: Any = self.kubelet
        self.cluster.use(kubelet)
        deployment = Deployment(
            "detail", {"v": 1}, 2, strategy=RollingUpdate(max_unavailable=0, max_surge=1)
        )
        self.cluster.add(
            KEY, OwnedWorkload(deployment, "flagger", {}, {}, "flagger_detail-canary", 3000)
        )

    @property
    def ready(self) -> tuple[str, ...]:
        return self.envoy.topology.clusters.get("flagger_detail-canary", ())


async def _play(scene: Scene, *conditions: Any) -> None:
    running = asyncio.create_task(scene.cluster.run())
    try:
        for condition in conditions:
            await until(condition)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await scene.cluster.close()
    assert scene.kubelet.closed


async def test_pods_are_started_and_the_mesh_is_told() -> None:
    scene = Scene()
    await _play(scene, lambda: len(scene.ready) == 2)
    assert sorted(scene.ready) == sorted(scene.kubelet.started)
    assert scene.cluster.settled()
    assert scene.cluster.replicas() == {"detail": (2, 2)}
    context = scene.kubelet.contexts[0]
    assert (context.workload, context.namespace, context.target_port) == ("detail", "flagger", 3000)
    assert set(scene.cluster.pods()) == set(scene.kubelet.started)


async def test_what_is_not_ready_gets_no_traffic() -> None:
    scene = Scene()
    scene.kubelet.ready = False
    await _play(scene, lambda: len(scene.kubelet.started) == 2)
    assert scene.ready == ()
    assert not scene.cluster.settled()
    assert scene.cluster.replicas() == {"detail": (0, 2)}


async def test_scaling_to_nothing_takes_pods_out_of_the_mesh_before_they_stop() -> None:
    scene = Scene()
    order: list[str] = []
    stop = scene.kubelet.stop

    async def noted(pod: Pod, context: PodContext) -> None:
        order.append(f"stop with {len(scene.ready)} ready")
        await stop(pod, context)

    scene.kubelet.stop = noted  # type: ignore[method-assign]

    def scale() -> bool:
        if len(scene.ready) == 2:
            scene.cluster.change(KEY, replicas=0)
            return True
        return False

    await _play(scene, scale, lambda: len(scene.kubelet.stopped) == 2 and scene.cluster.settled())
    assert order == ["stop with 0 ready"] * 2
    assert scene.cluster.pods() == {}


async def test_a_new_template_is_rolled_out_one_by_one() -> None:
    scene = Scene()

    def change() -> bool:
        if len(scene.ready) == 2:
            scene.cluster.change(KEY, template={"v": 2})
            return True
        return False

    await _play(scene, change, lambda: len(scene.kubelet.stopped) == 2 and scene.cluster.settled())
    assert len(scene.kubelet.started) == 4
    assert set(scene.ready) == set(scene.kubelet.started[2:])


async def test_the_mesh_is_told_only_what_changed() -> None:
    scene = Scene()
    await _play(scene, lambda: len(scene.ready) == 2)
    changes = scene.envoy.changes
    running = asyncio.create_task(scene.cluster.run())
    await asyncio.sleep(0.2)
    running.cancel()
    assert scene.envoy.changes == changes


async def test_an_error_in_stopping_is_reported() -> None:
    scene = Scene()
    scene.kubelet.failure = OSError("no")

    def scale() -> bool:
        if len(scene.ready) == 2:
            scene.cluster.change(KEY, replicas=1)
            return True
        return False

    await _play(scene, scale, lambda: scene.errors)
    assert scene.errors == ["OSError: no"]


async def test_an_unknown_workload_is_none() -> None:
    scene = Scene()
    assert scene.cluster.describe(("flagger", "absent")) is None
    assert scene.cluster.find(("flagger", "absent")) is None
