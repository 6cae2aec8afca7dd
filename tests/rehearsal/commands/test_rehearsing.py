"""A rehearsal from its opening to its reports, in a world that is scripted."""

import asyncio
import json
import os
import signal
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.applications import Applications
from rehearsal.commands import rehearsing as module
from rehearsal.commands.outputs import Outputs
from rehearsal.commands.rehearsing import Rehearsal, rehearse
from rehearsal.commands.web import open_web
from rehearsal.errors import LiveWorldError, UserError
from rehearsal.flagger.canary.model import Phase
from rehearsal.live.config import CanaryConfig, EnvironmentConfig
from rehearsal.live.preparation import Prepared
from rehearsal.live.traces import CollectedTraces
from rehearsal.live.workloads.canary_workloads import TargetManifest
from rehearsal.output.files import OutputFile
from rehearsal.output.verdict import judge_steps
from rehearsal.scenario.step import Action, Condition, Expectations, Scenario, Step
from rehearsal.world import TargetChange
from tests.rehearsal.scenario.fakes import FakeWorld
from tests.rehearsal.specs import canary, success_rate

STEPS = (
    Step("bootstrap", "first", (Action("deploy", True),), until=Condition(ending="initialized")),
    Step(
        "rollout",
        "second",
        (Action("set", TargetChange(image="2")),),
        until=Condition(ending="finished"),
        expect=Expectations(ending="promoted"),
    ),
)


class World(FakeWorld):
    """The fake world under the recording of the rehearsal, with what `rehearsing` needs more."""

    instance: "World"
    setup: Any = None

    def __init__(self, running: Any) -> None:
        super().__init__(canary(metrics=[success_rate()]))
        self.recording = running.recording
        self.script["deploy"] = [self.phase(Phase.INITIALIZED)]
        self.script["change"] = [self.phase(Phase.PROGRESSING), self.phase(Phase.SUCCEEDED)]
        World.instance = self
        if World.setup is not None:
            World.setup(self)

    async def watch_faults(self) -> None:
        await asyncio.Event().wait()

    async def wait_until(self, condition: Any, timeout_s: float) -> bool:
        await asyncio.sleep(0.01)
        return await super().wait_until(condition, timeout_s)


@pytest.fixture(autouse=True)
def _a_scripted_world(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def environment(
        config: Any, clock: Any, recording: Any, keep_logs: Any
    ) -> AsyncIterator[Any]:
        traces = CollectedTraces(0.0)
        yield SimpleNamespace(recording=recording, failure=None, traces=traces)

    World.setup = None
    monkeypatch.setattr(module, "environment", environment)
    monkeypatch.setattr(module, "LiveWorld", World)


def _rehearsal(folder: Path, **more: Any) -> Rehearsal:
    target = TargetManifest("Deployment", {}, {}, 1, {})
    config = EnvironmentConfig(
        canaries=(CanaryConfig(canary(metrics=[success_rate()]), "appmesh:v1beta2", target),),
        applications=Applications(),
        envoy=Path("/envoy"),
    )
    outputs = Outputs(
        "text",
        (OutputFile(folder / "r.json", "--report"), OutputFile(folder / "r.md", "--report")),
        OutputFile(folder / "p.svg", "--picture"),
        None,
    )
    fields = {
        "prepared": Prepared(config, ("a note",)),
        "scenario": Scenario("test", "", STEPS, Path()),
        "outputs": outputs,
        "judge": judge_steps,
    }
    return Rehearsal(**{**fields, **more})


def _report(folder: Path) -> Any:
    return json.loads((folder / "r.json").read_text())


def test_it_opens_plays_and_concludes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closing = lambda running: "closing words"  # noqa: E731
    assert rehearse(_rehearsal(tmp_path, closing=closing)) == 0
    out = capsys.readouterr().out
    parts = ["Rehearsing detail.flagger (appmesh:v1beta2)", "Note: a note", "Step bootstrap: first"]
    parts += ["Step rollout: second", "closing words", "All steps passed."]
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    report = _report(tmp_path)
    assert (report["state"], report["exit_code"], report["interrupted"]) == ("passed", 0, "")
    assert "✅ passed" in (tmp_path / "r.md").read_text()
    assert "<svg" in (tmp_path / "p.svg").read_text()


def test_what_differs_is_in_the_exit_code_and_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def setup(world: World) -> None:
        world.script["change"] = [world.phase(Phase.PROGRESSING), world.phase(Phase.FAILED)]

    World.setup = setup
    assert rehearse(_rehearsal(tmp_path)) == 1
    assert "Some steps failed." in capsys.readouterr().out
    assert _report(tmp_path)["state"] == "failed"


def test_a_broken_part_is_an_error_and_nothing_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def setup(world: World) -> None:
        def break_down() -> None:
            raise LiveWorldError("envoy ended with exit code -9: gone")

        world.script["change"] = [break_down]

    World.setup = setup
    with pytest.raises(LiveWorldError):
        rehearse(_rehearsal(tmp_path))
    report = _report(tmp_path)
    assert report["state"] == "unfinished"
    assert report["exit_code"] == 1
    assert report["interrupted"] == "envoy ended with exit code -9: gone"
    assert "Unfinished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_ends_it_with_what_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals, code: int
) -> None:
    def setup(world: World) -> None:
        world.script["change"] = [lambda: os.kill(os.getpid(), number)]

    World.setup = setup
    assert rehearse(_rehearsal(tmp_path)) == code
    report = _report(tmp_path)
    assert [step["state"] for step in report["steps"]] == ["passed", "unfinished"]
    assert (report["exit_code"], report["interrupted"]) == (code, "interrupted")
    assert capsys.readouterr().out.endswith("Interrupted.\n")


def test_snapshots_know_their_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SNAPSHOT_PERIOD_S", 0.001)
    assert rehearse(_rehearsal(tmp_path)) == 0
    steps = {r["step"] for r in _report(tmp_path)["records"] if r["kind"] == "snapshot"}
    assert "rollout" in steps


def test_the_page_is_served_beside_it_and_gone_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = open_web({"web": True, "web_host": "127.0.0.1", "web_port": 0, "open": 0, "manual": 0})
    assert web is not None
    assert rehearse(_rehearsal(tmp_path, web=web)) == 0
    assert f"The page: {web.access.address}" in capsys.readouterr().out
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", web.access.port)):
        pass


def test_by_hand_it_waits_for_commands_and_nothing_played_is_no_end(tmp_path: Path) -> None:
    web = open_web({"web": True, "web_host": "127.0.0.1", "web_port": 0, "open": 0, "manual": 1})
    assert web is not None

    def setup(world: World) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{web.access.port}/commands",
            b'{"finish": true}',
            {"Authorization": f"Bearer {web.access.token}", "Content-Type": "application/json"},
        )
        threading.Thread(target=lambda: urllib.request.urlopen(request).close()).start()

    World.setup = setup
    assert rehearse(_rehearsal(tmp_path, web=web)) == 4
    assert _report(tmp_path)["steps"] == []
    assert _report(tmp_path)["state"] == "not run"


def test_a_page_that_was_not_opened_leaves_no_socket(tmp_path: Path) -> None:
    web = open_web({"web": True, "web_host": "127.0.0.1", "web_port": 0, "open": 0, "manual": 0})
    assert web is not None

    def setup(world: World) -> None:
        raise LiveWorldError("no world")

    World.setup = setup
    with pytest.raises(LiveWorldError):
        rehearse(_rehearsal(tmp_path, web=web))
    assert web.listener.fileno() == -1


@pytest.mark.parametrize("flag", ["open", "manual"])
def test_what_is_about_the_page_needs_one(flag: str) -> None:
    values = {"web": False, "open": False, "manual": False, flag: True}
    with pytest.raises(UserError, match=f"--{flag}: is about the page; add --web"):
        open_web(values)
    assert open_web({"web": False, "open": False, "manual": False}) is None
