from pathlib import Path
from typing import Any

import pytest

from rehearsal.errors import LiveWorldError
from rehearsal.live import dependencies as module
from rehearsal.live.dependencies import Dependencies, Dependency, client_env
from rehearsal.live.naming import AddressBook
from tests.rehearsal.live.fakes import FakeEnvoy, FakeProcess, FakeProcessGroup

pytestmark = pytest.mark.anyio
LOADTESTER = Dependency("loadtester", (("tester", "a"), ("flagger-loadtester", "b")), (80, 8080))


class Namespace:
    def __init__(self, usable: bool = True) -> None:
        self.usable = usable

    def wrap(self, argv: Any) -> list[str]:
        return ["wrapped", *argv]


class Scene:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.envoy = FakeEnvoy()
        self.processes = FakeProcessGroup(folder)
        self.watched: list[str] = []
        self.addresses = AddressBook(folder / "hosts")
        processes: Any = self.processes
        envoy: Any = self.envoy
        namespace: Any = Namespace()
        self.dependencies = Dependencies(
            processes,
            envoy,
            self.addresses,
            namespace,
            lambda process: self.watched.append(process.name),
        )
        self.answers = True

        async def answers(process: FakeProcess, url: str) -> bool:
            return self.answers and process.exit_code is None

        monkeypatch.setattr(module, "_answers", answers)


async def test_a_dependency_is_a_process_that_all_its_names_lead_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path, monkeypatch)
    port = await scene.dependencies.start(LOADTESTER, {"A": "b"}, ["--x"])
    (process,) = scene.processes.started
    assert process.argv[0] == "wrapped"
    assert process.argv[2:] == ["-m", "loadtester", "--port", str(port), "--x"]
    assert process.env == {"A": "b"}
    assert scene.watched == ["tester"]
    topology = scene.envoy.topology
    assert topology.externals == {
        "a_tester": ("127.0.0.1", port),
        "b_flagger-loadtester": ("127.0.0.1", port),
    }
    for service in topology.services:
        assert service.rules[0].timeout_s == 0.0
        assert service.address.startswith("127.")
    assert {"tester.a", "flagger-loadtester.b.svc.cluster.local"} <= scene.addresses.names()


async def test_a_taken_port_is_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(tmp_path, monkeypatch)

    def collide(process: FakeProcess) -> None:
        if len(scene.processes.started) == 1:
            process.end(1, "[Errno 98] address already in use")

    scene.processes.on_start = collide
    await scene.dependencies.start(LOADTESTER, {})
    first, second = (p.argv[5] for p in scene.processes.started)
    assert first != second


@pytest.mark.parametrize(
    ("printed", "reason"), [("bad flag", "bad flag"), ("", "it printed nothing")]
)
async def test_what_does_not_start_is_said_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, reason: str
) -> None:
    scene = Scene(tmp_path, monkeypatch)
    scene.processes.on_start = lambda process: process.end(2, printed)
    with pytest.raises(LiveWorldError, match=f"tester did not start: {reason}"):
        await scene.dependencies.start(LOADTESTER, {})
    assert len(scene.processes.started) == 1


async def test_names_can_lead_to_another_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path, monkeypatch)
    await scene.dependencies.lead_names_to([("x", "y")], (80,), ("example.com", 443))
    assert scene.envoy.topology.externals == {"y_x": ("example.com", 443)}
    assert scene.processes.started == []


@pytest.mark.parametrize("usable", [True, False])
def test_the_proxy_is_for_those_who_know_no_names(usable: bool) -> None:
    namespace: Any = Namespace(usable)
    env = client_env("http://127.0.0.1:9", namespace, Path("/stand-ins"))
    assert ("http_proxy" in env) is not usable
    assert env["PATH"].endswith(":/stand-ins")
    assert env["PATH"].split(":")[0].endswith("bin")
