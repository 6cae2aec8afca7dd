import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.applications.pod import Probe
from rehearsal.flagger.controller.workload import Config
from rehearsal.live.workloads import kubelet as module
from rehearsal.live.workloads.deployment import Pod
from rehearsal.live.workloads.kubelet import Kubelet, PodContext
from rehearsal.recording import Recording
from rehearsal.recording.records import ReplicaRecord
from tests.rehearsal.live.fakes import (
    FakeEnvoy,
    FakeProcess,
    FakeProcessGroup,
    SettableClock,
    until,
)

pytestmark = pytest.mark.anyio


class Namespace:
    usable = True

    def wrap(self, argv: Any) -> list[str]:
        return ["wrapped", *argv]


class Scene:
    """A kubelet whose probes are answered from `answers`, by kind; all succeed by default."""

    def __init__(self, folder: Path) -> None:
        self.envoy = FakeEnvoy()
        self.clock = SettableClock(1000.0)
        self.recording = Recording()
        self.processes = FakeProcessGroup(folder)
        self.ready: dict[str, bool] = {}
        self.answers: dict[str, bool] = {}
        self.asked: list[Probe] = []
        self.open_port = True
        self.configs: dict[tuple[str, str], Config] = {}
        processes: Any = self.processes
        envoy: Any = self.envoy
        namespace: Any = Namespace()
        self.kubelet = Kubelet(
            processes,
            envoy,
            self.clock,
            self.recording,
            Applications(stable=CommandApplication("bash -c 'serve {port}'")),
            namespace,
            {"PATH": "/ours", "X": "extra"},
            {"TRACES": "forced"},
            self.ready.__setitem__,
        )

    async def ask(self, probe: Probe) -> bool:
        self.asked.append(probe)
        return self.answers.get(probe.kind, True)

    def states(self) -> list[str]:
        return [record.state for record in self.recording.of_type(ReplicaRecord)]

    def context(self) -> PodContext:
        return PodContext(
            "detail", "flagger", 3000, lambda kind, name: self.configs.get((kind, name))
        )


def _pod(**container: Any) -> Pod:
    spec = {"name": "detail", "image": "detail:1", "ports": [{"containerPort": 3000}], **container}
    template = {"metadata": {"labels": {"app": "detail"}}, "spec": {"containers": [spec]}}
    return Pod("detail-abc-1", "abc", template)


@asynccontextmanager
async def _scene(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    scene = Scene(folder)

    class Prober:
        def __init__(self, *_: Any) -> None: ...

        async def ask(self, probe: Probe) -> bool:
            return await scene.ask(probe)

        async def close(self) -> None: ...

    async def answers_tcp(port: int, timeout_s: float) -> bool:
        return scene.open_port

    monkeypatch.setattr(module, "Prober", Prober)
    monkeypatch.setattr(module, "answers_tcp", answers_tcp)
    monkeypatch.setattr(module, "_LEAST_PROBE_PERIOD_S", 0.005)
    monkeypatch.setattr(module, "_LEAST_BACKOFF_S", 0.005)
    try:
        yield scene
    finally:
        await scene.kubelet.close()


async def test_a_pod_is_a_process_with_a_sidecar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        scene.configs["configmap", "settings"] = Config("configmap", "settings", {"mode": "dark"})
        env = [
            {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}},
            {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "TRACES", "value": "theirs"},
            {"name": "X", "value": "own"},
        ]
        scene.kubelet.start(_pod(env=env), scene.context())
        await until(lambda: scene.ready.get("detail-abc-1"))
        (process,) = scene.processes.started
        port = scene.envoy.topology.pods["detail-abc-1"].port
        assert process.argv == ["wrapped", "bash", "-c", f"exec bash -c 'serve {port}'"]
        assert scene.kubelet.local_ports() == {"detail-abc-1": (port, {3000: port})}
        wanted = {"MODE": "dark", "ME": "detail-abc-1", "TRACES": "forced", "X": "own"}
        assert wanted.items() <= process.env.items()
        assert process.env["PATH"] == "/ours"
        assert process.env["PORT"] == str(port)
        assert scene.states() == ["starting", "ready"]


async def test_stopping_drains_and_takes_the_sidecar_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        pod = _pod()
        pod.template["spec"]["terminationGracePeriodSeconds"] = 20_000
        scene.kubelet.start(pod, scene.context())
        await until(lambda: scene.ready.get(pod.name))
        await scene.kubelet.stop(pod, scene.context())
        (process,) = scene.processes.started
        assert process.stopped_with_grace_s == 20
        assert scene.envoy.topology.pods == {}
        assert scene.states() == ["starting", "ready", "stopping", "gone"]
        assert not scene.ready[pod.name]


async def test_a_pod_without_a_readiness_probe_is_ready_once_its_port_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        scene.open_port = False
        scene.kubelet.start(_pod(), scene.context())
        await until(lambda: scene.processes.started)
        await asyncio.sleep(0.05)
        assert not scene.ready
        scene.open_port = True
        await until(lambda: scene.ready.get("detail-abc-1"))


async def test_readiness_comes_and_goes_with_its_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        probe = {"httpGet": {"port": 3000}, "periodSeconds": 1, "failureThreshold": 2}
        scene.answers["http"] = False
        scene.kubelet.start(_pod(readinessProbe=probe), scene.context())
        await until(lambda: len(scene.asked) > 2)
        assert not scene.ready.get("detail-abc-1", False)
        scene.answers["http"] = True
        await until(lambda: scene.ready.get("detail-abc-1"))
        scene.answers["http"] = False
        await until(lambda: not scene.ready["detail-abc-1"])
        assert scene.states() == ["starting", "ready", "unready"]
        (process,) = scene.processes.started
        assert process.exit_code is None


async def test_what_is_no_longer_alive_is_killed_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        probe = {"exec": {"command": ["true"]}, "failureThreshold": 1, "periodSeconds": 1}
        scene.kubelet.start(_pod(livenessProbe=probe), scene.context())
        await until(lambda: len(scene.asked) > 1)
        scene.answers["exec"] = False
        await until(lambda: len(scene.processes.started) > 1)
        assert scene.processes.started[0].exit_code == -9
        exits = [r for r in scene.recording.of_type(ReplicaRecord) if r.state == "exited"]
        assert exits[0].detail == "signal 9: it printed nothing"


async def test_liveness_waits_for_the_first_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        scene.answers["tcp"] = False
        probe = {"tcpSocket": {"port": 3000}, "failureThreshold": 1, "periodSeconds": 1}
        scene.kubelet.start(_pod(livenessProbe=probe), scene.context())
        await until(lambda: len(scene.asked) > 5)
        assert len(scene.processes.started) == 1


async def test_nothing_else_is_probed_before_the_startup_probe_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        scene.answers["exec"] = False
        probes = {
            "startupProbe": {"exec": {"command": ["true"]}, "periodSeconds": 1},
            "readinessProbe": {"httpGet": {"port": 3000}},
        }
        scene.kubelet.start(_pod(**probes), scene.context())
        await until(lambda: len(scene.asked) > 3)
        assert {probe.kind for probe in scene.asked} == {"exec"}
        scene.answers["exec"] = True
        await until(lambda: scene.ready.get("detail-abc-1"))


async def test_a_crash_is_recorded_and_restarts_back_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        waits: list[float] = []
        sleep = asyncio.sleep

        async def noted(delay_s: float, *rest: Any) -> None:
            if delay_s > 0.005:
                waits.append(round(delay_s * 1000))
            await sleep(0)

        def crash(process: FakeProcess) -> None:
            if len(scene.processes.started) < 5:
                process.end(3, "one\ntwo\nbad flag")

        monkeypatch.setattr("asyncio.sleep", noted)
        scene.processes.on_start = crash
        scene.kubelet.start(_pod(), scene.context())
        await until(lambda: len(scene.processes.started) == 5)
        assert waits[:3] == [10, 20, 40]
        exits = [r for r in scene.recording.of_type(ReplicaRecord) if r.state == "exited"]
        assert len(exits) == 4
        assert exits[0].detail == "exit code 3: one\ntwo\nbad flag"
        ports = {p.env["PORT"] for p in scene.processes.started}
        assert len(ports) > 1, "each start has a port of its own"


async def test_a_taken_port_is_another_try_without_back_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:

        def collide(process: FakeProcess) -> None:
            if len(scene.processes.started) == 1:
                process.end(1, "bind: Address already in use")

        scene.processes.on_start = collide
        scene.kubelet.start(_pod(), scene.context())
        await until(lambda: scene.ready.get("detail-abc-1"))
        first, second = scene.processes.started
        assert first.env["PORT"] != second.env["PORT"]


async def test_killing_is_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        assert not await scene.kubelet.kill("detail-abc-1")
        scene.kubelet.start(_pod(), scene.context())
        await until(lambda: scene.ready.get("detail-abc-1"))
        assert await scene.kubelet.kill("detail-abc-1")
        await until(lambda: len(scene.processes.started) == 2)


async def test_volumes_are_folders_that_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _scene(tmp_path, monkeypatch) as scene:
        scene.configs["configmap", "settings"] = Config("configmap", "settings", {"a.yaml": "x: 1"})
        pod = _pod(
            env=[{"name": "CONF", "value": "/etc/app/a.yaml"}],
            volumeMounts=[{"name": "conf", "mountPath": "/etc/app"}],
        )
        pod.template["spec"]["volumes"] = [{"name": "conf", "configMap": {"name": "settings"}}]
        scene.kubelet.start(pod, scene.context())
        await until(lambda: scene.ready.get(pod.name))
        path = Path(scene.processes.started[0].env["CONF"])
        assert path.read_text() == "x: 1"
        assert tmp_path in path.parents
