import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.applications.pod import BUILD, read_pod
from rehearsal.errors import LiveWorldError, UserError
from rehearsal.faults import Fault
from rehearsal.flagger.controller.routing import Routing
from rehearsal.live.config import CanaryConfig
from rehearsal.live.fault_pages import FaultPage
from rehearsal.live.mesh.faults import Delivery
from rehearsal.live.punctuality import Punctuality
from rehearsal.live.rollout import Rollout, merge_patch, patient_canary
from rehearsal.live.workloads.canary_workloads import CanaryWorkloads, TargetManifest
from rehearsal.live.workloads.cluster import Cluster
from rehearsal.live.world import LiveWorld
from rehearsal.recording import Recording
from rehearsal.recording.records import ClockRecord, FaultRecord, HookRecord
from rehearsal.world import TargetChange
from tests.rehearsal.live.fakes import FakeEnvoy, SettableClock
from tests.rehearsal.specs import canary

pytestmark = pytest.mark.anyio
NAME = "detail.flagger"


class FakeKubelet:
    def __init__(self) -> None:
        self.killed: list[str] = []
        self.pages: dict[str, FaultPage] = {}

    def fault_pages(self) -> dict[str, FaultPage]:
        return self.pages

    async def kill(self, name: str) -> bool:
        self.killed.append(name)
        return not name.endswith("gone")


class Scene:
    """A live world over fakes, with a target of one pod."""

    def __init__(self) -> None:
        self.envoy = FakeEnvoy()
        envoy: Any = self.envoy
        self.clock = SettableClock(20.0)
        self.recording = Recording()
        self.cluster = Cluster(envoy, self.clock, lambda reason: None)
        subject = canary()
        template = {"spec": {"containers": [{"name": "detail", "image": "reg/detail:1"}]}}
        target = TargetManifest("Deployment", template, {"app": "detail"}, 1, {})
        config = CanaryConfig(subject, "appmesh:v1beta2", target)
        environment_config: Any = SimpleNamespace(
            templates=(),
            alert_providers=(),
            secrets={},
            applications=Applications(stable=CommandApplication("bash -c true")),
        )
        workloads = CanaryWorkloads(self.cluster, subject, None)
        self.rollout = Rollout(
            config,
            environment_config,
            self.clock,
            self.recording,
            workloads,
            Punctuality(self.recording, self.clock.real_s),
        )
        self.gates: list[tuple[Any, ...]] = []
        self.measured = SimpleNamespace(success_percent=99.5, p99_ms=12.0)
        self.environment = SimpleNamespace(
            config=environment_config,
            envoy=self.envoy,
            clock=self.clock,
            recording=self.recording,
            cluster=self.cluster,
            rollouts={NAME: self.rollout},
            scraping=SimpleNamespace(measured=lambda rollout: self.measured),
            traffic=None,
            kubelet=FakeKubelet(),
            gates=None,
            failure=asyncio.get_running_loop().create_future(),
            proxy="http://127.0.0.1:1",
        )
        environment: Any = self.environment
        self.world = LiveWorld(environment)
        self.rollout.apply_target()

    def pod(self) -> str:
        owned = self.cluster.find(("flagger", "detail"))
        assert owned is not None
        started, _ = owned.deployment.reconcile(self.clock.now_s())
        for pod in started:
            self.envoy.topology = self.envoy.topology.with_pod(pod.name, 4000)
        return next(iter(owned.deployment.pods))


async def test_a_snapshot_of_the_moment() -> None:
    scene = Scene()
    scene.clock.time_s = 63.0
    routes: Any = SimpleNamespace(routing=Routing(90, 10))
    scene.rollout.routes = routes
    total = SimpleNamespace(requests=40, failures=2)
    scene.environment.traffic = SimpleNamespace(total=total)
    found = scene.world.snapshot(NAME)
    assert (found.time_s, found.primary_weight, found.canary_weight) == (63.0, 90, 10)
    assert (found.success_percent, found.p99_ms) == (99.5, 12.0)
    assert (found.requests, found.failures) == (40, 2)
    assert (found.failed_checks, found.threshold) == (0, 2)
    assert found.replicas == {"detail": (0, 1)}
    assert scene.world.canaries == (NAME,)


async def test_who_waits_is_who_was_told_no_last() -> None:
    scene = Scene()
    for name, kind, failure in (
        ("a", "confirm-rollout", "Forbidden"),
        ("b", "confirm-promotion", "Forbidden"),
        ("b", "confirm-promotion", ""),
        ("c", "rollout", "failed"),
    ):
        scene.recording.append(HookRecord(0.0, NAME, name, kind, failure))
    scene.recording.append(HookRecord(0.0, "other.ns", "d", "confirm-rollout", "Forbidden"))
    assert scene.world.snapshot(NAME).waiting_for == ("a",)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (TargetChange(image="2"), lambda pod: pod.container.image == "reg/detail:2"),
        (TargetChange(image="other/x:3"), lambda pod: pod.container.image == "other/x:3"),
        (TargetChange(env={"A": "b"}),
         lambda pod: pod.container.env == ({"name": "A", "value": "b"},)),
        (TargetChange(annotations={"a": "b"}), lambda pod: pod.annotations == {"a": "b"}),
        (TargetChange(candidate=True), lambda pod: pod.annotations == {BUILD: "candidate"}),
        (TargetChange(template={"spec": {"containers": [{"name": "n", "image": "i"}]}}),
         lambda pod: pod.container.image == "i"),
    ],
)  # fmt: skip
async def test_changes_of_the_target(change: TargetChange, check: Callable[[Any], bool]) -> None:
    scene = Scene()
    await scene.world.change_target(NAME, change)
    assert check(read_pod(scene.rollout.workloads.template()))


async def test_a_change_that_changes_nothing_is_said() -> None:
    scene = Scene()
    with pytest.raises(UserError, match="leaves the pod template as it is"):
        await scene.world.change_target(NAME, TargetChange(image="1"))
    with pytest.raises(UserError, match=r"no canary 'x' here; there is detail\.flagger"):
        await scene.world.change_target("x", TargetChange(image="2"))


async def test_the_spec_is_merged_as_kubectl_patches() -> None:
    scene = Scene()
    before = scene.world.canary(NAME).spec
    await scene.world.edit_canary(NAME, {"suspend": True, "analysis": {"threshold": 9}})
    after = scene.world.canary(NAME).spec
    assert after.suspend
    assert after.analysis.threshold == 9
    assert after.analysis.step_weight == before.analysis.step_weight
    with pytest.raises(UserError, match=r"spec\.analysis\.threshold"):
        await scene.world.edit_canary(NAME, {"analysis": {"threshold": "many"}})


def test_a_merge_patch_is_rfc_7396() -> None:
    assert merge_patch({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None}, "d": [2]}) == {
        "a": {"c": 2},
        "d": [2],
    }
    assert merge_patch("x", {"a": None}) == {}
    assert merge_patch({"a": 1}, "x") == "x"


@pytest.mark.parametrize(("deadline_s", "speed", "kept"), [(60, 20, 600), (900, 20, 900)])
def test_real_processes_have_time_before_the_deadline(
    deadline_s: int, speed: float, kept: int
) -> None:
    subject = canary({"progressDeadlineSeconds": deadline_s})
    assert patient_canary(subject, speed).spec.progress_deadline_seconds == kept


async def test_faults_stand_in_front_of_the_targets_pods_and_are_counted() -> None:
    scene = Scene()
    fault = Fault("abort", 50)
    await scene.world.inject(NAME, fault)
    pod = scene.pod()
    scene.envoy.topology = scene.envoy.topology.with_pod("other", 4001)
    watching = asyncio.create_task(scene.world.watch_faults())
    await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert scene.envoy.topology.pods[pod].faults == (fault,)
    assert scene.envoy.topology.pods["other"].faults == ()
    for matched, delivered in ((10, 4), (12, 5), (0, 0)):
        scene.envoy.counted = {pod: (Delivery(matched, delivered),)}
        await scene.world.count_deliveries()
    scene.world.flush()
    await scene.world.clear_faults()
    states = [(r.state, r.matched, r.delivered) for r in scene.recording.of_type(FaultRecord)]
    assert states == [("injected", 0, 0), ("delivered", 12, 5), ("removed", 12, 5)]
    assert scene.envoy.topology.pods[pod].faults == ()


async def test_what_a_fault_reaches_is_recorded_as_it_comes() -> None:
    scene = Scene()
    pod, fault = scene.pod(), Fault("abort", 50)
    await scene.world.inject(NAME, fault)
    scene.envoy.counted = {pod: (Delivery(10, 4),)}
    watching = asyncio.create_task(scene.world.watch_faults())
    await asyncio.sleep(0.6)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    states = [(r.state, r.matched, r.delivered) for r in scene.recording.of_type(FaultRecord)]
    assert states == [("injected", 0, 0), ("delivered", 10, 4)]


async def test_the_same_fault_counts_from_nothing_when_it_comes_again() -> None:
    scene = Scene()
    pod, fault = scene.pod(), Fault("abort", 50)
    await scene.world.inject(NAME, fault)
    scene.envoy.counted = {pod: (Delivery(10, 4),)}
    await scene.world.count_deliveries()
    await scene.world.clear_faults()
    await scene.world.inject(NAME, fault)
    scene.world.flush()
    assert scene.recording.of_type(FaultRecord)[-1].matched == 0


async def test_faults_inside_applications_are_recorded_with_the_others() -> None:
    scene = Scene()
    counts = {"matched": 0, "delivered": 0}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = "".join(
            f'detail_faults_{name}_total{{kind="status"}} {n}.0\n' for name, n in counts.items()
        )
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    scene.environment.kubelet.pages = {"a": FaultPage("detail", f"http://127.0.0.1:{port}/")}
    async with server:
        watching = asyncio.create_task(scene.world.watch_faults())
        for matched, delivered in ((0, 0), (5, 3)):
            counts.update(matched=matched, delivered=delivered)
            await asyncio.sleep(0.6)
            scene.world.flush()
        scene.world.flush()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    found = [(r.fault, r.matched, r.delivered) for r in scene.recording.of_type(FaultRecord)]
    assert found == [("status inside detail", 0, 0), ("status inside detail", 5, 3)]


async def test_the_clock_is_slowed_down_and_stopped() -> None:
    scene = Scene()
    scene.environment.change_speed = scene.clock.change_speed
    await scene.world.set_speed(5)
    await scene.world.set_paused(True)
    found = [(r.speed, r.paused) for r in scene.recording.of_type(ClockRecord)]
    assert found == [(5, False), (5, True)]
    with pytest.raises(UserError, match="speed 21: give a speed above 0 and up to 20"):
        await scene.world.set_speed(21)


@pytest.mark.parametrize("address", ["127.5.0.2", ""])
async def test_a_browser_reaches_the_apex_where_it_listens(address: str) -> None:
    scene = Scene()
    asked: list[tuple[Any, ...]] = []

    def listening_address(*service: Any) -> str:
        asked.append(service)
        return address

    scene.environment.listening_address = listening_address
    assert scene.world.apex_url(NAME) == (f"http://{address}:3000/" if address else "")
    assert asked == [("flagger", 3000, "detail")]


async def test_a_replica_is_killed_by_its_workload() -> None:
    scene = Scene()
    pod = scene.pod()
    await scene.world.kill_replica("detail")
    assert scene.environment.kubelet.killed == [pod]
    with pytest.raises(UserError, match="no running replica of absent"):
        await scene.world.kill_replica("absent")


async def test_waiting_ends_with_the_condition_the_time_or_a_part() -> None:
    scene = Scene()
    assert await scene.world.wait_until(lambda: True, 0)

    def later() -> bool:
        scene.clock.time_s += 10
        return False

    assert not await scene.world.wait_until(later, 30)
    scene.environment.failure.set_result("envoy ended")
    with pytest.raises(LiveWorldError, match="envoy ended"):
        await scene.world.wait_until(lambda: False, 30)


async def test_replicas_that_do_not_settle_are_said() -> None:
    scene = Scene()

    def never() -> bool:
        scene.clock.time_s += 1000
        return False

    scene.cluster.settled = never  # type: ignore[method-assign]
    with pytest.raises(LiveWorldError, match="did not settle"):
        await scene.world.wait_settled()


async def test_gates_are_the_load_testers() -> None:
    scene = Scene()
    with pytest.raises(UserError, match="no webhook of it goes to a load tester"):
        await scene.world.set_gate(NAME, opened=True)

    class Gates:
        async def set(self, *arguments: Any) -> None:
            scene.gates.append(arguments)

    scene.environment.gates = Gates()
    await scene.world.set_gate(NAME, opened=True)
    await scene.world.set_gate(NAME, opened=False, kind="rollback")
    assert scene.gates == [
        ("detail", "flagger", "gate", True),
        ("detail", "flagger", "rollback", False),
    ]


async def test_commands_run_one_after_the_other_under_names_of_their_own() -> None:
    scene = Scene()
    ran: list[tuple[str, str]] = []

    async def execute(name: str, command: str) -> str:
        ran.append((name, command))
        return "said"

    scene.environment.execute = execute
    assert await scene.world.execute("a") == "said"
    await scene.world.execute("b")
    assert ran == [("exec-1", "a"), ("exec-2", "b")]


async def test_the_image_of_the_primary() -> None:
    scene = Scene()
    assert await scene.world.primary_image(NAME) == ""
    target = scene.rollout.workloads.target()
    assert target is not None
    scene.rollout.workloads.apply_primary(replace(target, name="detail-primary"))
    assert await scene.world.primary_image(NAME) == "reg/detail:1"


async def test_what_the_apex_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    client = httpx2.AsyncClient

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == "http://detail.flagger:3000/x"
        return httpx2.Response(200, text="hello")

    transport = httpx2.MockTransport(answer)
    monkeypatch.setattr("httpx2.AsyncClient", lambda **_: client(transport=transport))
    assert await scene.world.fetch(NAME, "/x") == "hello"
