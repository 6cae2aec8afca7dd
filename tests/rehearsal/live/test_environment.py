"""The environment over fakes of everything that would start a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.flagger.canary.model import Phase
from rehearsal.flagger.controller.workload import Config
from rehearsal.live import environment as module
from rehearsal.live.config import CanaryConfig, EnvironmentConfig, HostTarget
from rehearsal.live.environment import Environment, environment
from rehearsal.live.workloads.canary_workloads import TargetManifest
from rehearsal.recording import Recording
from rehearsal.recording.records import ClockRecord, NoteRecord, StatusRecord, WeightRecord
from tests.rehearsal.live.fakes import (
    FakeEnvoy,
    FakeProcess,
    FakeProcessGroup,
    SettableClock,
    until,
)
from tests.rehearsal.specs import canary

pytestmark = pytest.mark.anyio
TEMPLATE = {"spec": {"containers": [{"name": "detail", "image": "detail:1"}]}}


class Envoy(FakeEnvoy):
    def __init__(self, processes: FakeProcessGroup, *_: Any) -> None:
        super().__init__()
        self._processes = processes
        self.closed = False

    async def start(self) -> FakeProcess:
        process: FakeProcess = await self._processes.start("envoy", ["envoy"])
        return process

    async def egress_port(self, name: str) -> int:
        assert name in self.topology.egresses
        return 15_001

    async def close(self) -> None:
        self.closed = True


class Group(FakeProcessGroup):
    latest: "Group"

    def __init__(self) -> None:
        super().__init__(Group.home)
        self.reaper = asyncio.Event()
        self.kept: list[Path] = []
        self.closed = False
        Group.latest = self

    home = Path()

    async def reaper_ended(self) -> int:
        await self.reaper.wait()
        return 1

    def keep_logs(self, target: Path) -> None:
        self.kept.append(target)

    async def close(self) -> None:
        self.closed = True


class Scraping:
    def __init__(self, environment: Any) -> None:
        self.closed = False

    async def run(self) -> None:
        await asyncio.Event().wait()

    def metrics(self, rollout: Any) -> Any:
        return None

    async def close(self) -> None:
        self.closed = True


class Namespace:
    usable = True

    def __init__(self, *_: Any) -> None: ...

    def wrap(self, argv: Any) -> list[str]:
        return ["wrapped", *argv]


@pytest.fixture(autouse=True)
def _fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answers(*_: Any) -> bool:
        return True

    Group.home = tmp_path
    monkeypatch.setattr(module, "ProcessGroup", Group)
    monkeypatch.setattr(module, "Envoy", Envoy)
    monkeypatch.setattr(module, "Scraping", Scraping)
    monkeypatch.setattr(module, "Namespace", Namespace)
    monkeypatch.setattr(module, "_ECHO_S", 0.0)
    monkeypatch.setattr("rehearsal.live.dependencies._answers", answers)


def _config(**more: Any) -> EnvironmentConfig:
    target = TargetManifest("Deployment", TEMPLATE, {"app": "detail"}, 1, {})
    fields = {
        "canaries": (CanaryConfig(canary(), "appmesh:v1beta2", target),),
        "applications": Applications(stable=CommandApplication("bash -c true")),
        "envoy": Path("/envoy"),
        "receivers": (("flagger-loadtester", "flagger"),),
    }
    return EnvironmentConfig(**{**fields, **more})


@asynccontextmanager
async def _running(
    config: EnvironmentConfig | None = None, recording: Recording | None = None
) -> AsyncIterator[Environment]:
    given = recording or Recording()
    async with environment(config or _config(), SettableClock(20.0), given) as running:
        yield running


def _names() -> list[str]:
    return [process.name for process in Group.latest.started]


async def test_parts_come_up_in_order_and_are_gone_afterwards() -> None:
    async with _running(_config(frontend=True)) as running:
        assert _names()[0] == "envoy"
        assert set(_names()) == {"envoy", "flagger-loadtester", "frontend"}
        loadtester = Group.latest.named("flagger-loadtester")[0]
        scale = loadtester.env["HEY_TIME_SCALE"]
        assert Path(scale.removeprefix("@")).read_text() == "20"
        running.change_speed(5)
        assert Path(scale.removeprefix("@")).read_text() == "5"
        assert loadtester.env["LOADTESTER_DATA_DIR"].startswith(str(Group.home))
        frontend = Group.latest.named("frontend")[0]
        assert frontend.env["BASE_URL"] == "http://detail.flagger:3000/catalogDetail"
        assert running.gates is not None
        envoy: Any = running.envoy
        scraping: Any = running.scraping
    assert envoy.closed
    assert scraping.closed
    assert Group.latest.closed


async def test_logs_are_kept_however_it_ends(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        async with environment(_config(), SettableClock(), Recording(), tmp_path / "kept"):
            raise RuntimeError
    assert Group.latest.kept == [tmp_path / "kept"]
    assert Group.latest.closed


async def test_without_webhooks_there_is_no_load_tester() -> None:
    async with _running(_config(receivers=())) as running:
        assert _names() == ["envoy"]
        assert running.gates is None


async def test_webhooks_can_go_elsewhere() -> None:
    async with _running(_config(hook_host="http://127.0.0.1:7777/x")) as running:
        assert _names() == ["envoy"]
        externals = running.envoy.topology.externals
        assert externals == {"flagger_flagger-loadtester": ("127.0.0.1", 7777)}


async def test_hosts_lead_where_the_user_says() -> None:
    hosts = (HostTarget("db.infra", address=("127.0.0.1", 5432)), HostTarget("gw.infra", "apex"))
    async with _running(_config(hosts=hosts)) as running:
        assert running.envoy.topology.externals["infra_db"] == ("127.0.0.1", 5432)
        running.begin_control()
        await until(lambda: "infra_gw" in {s.name for s in running.envoy.topology.services})


@pytest.mark.parametrize("name", ["envoy", "flagger-loadtester"])
async def test_a_part_that_dies_is_the_reason(name: str) -> None:
    async with _running() as running:
        Group.latest.named(name)[0].end(-9, "last words")
        await until(running.failure.done)
        assert running.failure.result() == f"{name} ended with exit code -9: last words"


async def test_a_part_that_is_expected_to_end_is_no_failure() -> None:
    async with _running() as running:
        process = Group.latest.named("envoy")[0]
        process.expected_to_end = True
        process.end(0)
        await asyncio.sleep(0.05)
        assert not running.failure.done()


async def test_a_reaper_that_ends_is_noticed() -> None:
    async with _running() as running:
        Group.latest.reaper.set()
        await until(running.failure.done)
        assert "the reaper ended with exit code 1" in running.failure.result()


async def test_an_error_in_a_part_is_the_reason_unless_there_is_a_better_one() -> None:
    async with _running() as running:
        running.cluster.on_error("ValueError: no")
        await until(running.failure.done)
        assert running.failure.result() == "ValueError: no"
        running.fail("something later")
        assert running.failure.result() == "ValueError: no"


async def test_control_creates_the_target_and_its_services() -> None:
    config = Config("configmap", "c", {"a": "1"})
    async with _running(_config(configs=(("flagger", config),))) as running:
        assert running.cluster.config("flagger", "configmap", "c") == config
        running.begin_control()
        await until(lambda: Group.latest.named("detail-"))
        pod = Group.latest.named("detail-")[0]
        assert pod.argv[0] == "wrapped"
        assert pod.env["AWS_XRAY_DAEMON_ADDRESS"].startswith("127.0.0.1:")
        assert running.side_of("detail-primary-abc-1") == "primary"
        assert running.side_of(pod.name) == "canary"


async def test_traffic_begins_with_the_apex_and_knows_the_weight() -> None:
    recording = Recording()
    async with _running(recording=recording) as running:
        told: list[Any] = []
        assert running.traffic is not None
        running.traffic.open = lambda: told.append("open")  # type: ignore[method-assign]
        running.traffic.note_weight = told.append  # type: ignore[method-assign,assignment]
        for name in ("other.flagger", "detail.flagger"):
            recording.append(StatusRecord(0.0, name, Phase.INITIALIZED, 0, 0, 0))
            recording.append(WeightRecord(0.0, name, 90, 10))
        await until(lambda: len(told) == 2)
        assert sorted(map(str, told)) == ["10", "open"]


async def test_commands_run_among_the_names_of_the_cluster() -> None:
    async with _running() as running:
        Group.latest.on_start = lambda process: process.end(0, "said")
        assert await running.execute("exec-1", "curl x") == "said"
        process = Group.latest.named("exec-1")[0]
        assert process.argv == ["wrapped", "bash", "-c", "curl x"]
        assert process.expected_to_end


async def test_a_command_that_is_given_up_is_killed() -> None:
    async with _running() as running:
        task = asyncio.create_task(running.execute("exec-1", "sleep 60"))
        await until(lambda: Group.latest.named("exec-1"))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert Group.latest.named("exec-1")[0].exit_code == -9


async def test_a_machine_that_falls_behind_is_given_more_time() -> None:
    async with _running() as scene:
        scene.punctuality.scrape(1000.0, 0.0, 5.0)
        (record,) = scene.recording.of_type(ClockRecord)
        assert record.speed == scene.clock.speed == 10.0
        scale = (Group.latest.folder / "time-scale").read_text()
        assert scale == "10", "load runs to come go with it"
        (note,) = scene.recording.of_type(NoteRecord)
        assert "this machine falls behind" in note.text
