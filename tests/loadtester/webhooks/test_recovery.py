import os
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.recovery import Server, recover
from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.stores.memory import MemoryStore
from tests.loadtester.webhooks.running import loadtester

ME = Server("here", 7)
DEAD = 2**22 + 1


def test_names_come_back() -> None:
    assert Server.parse(str(Server("pod-1", 1))) == Server("pod-1", 1)


@pytest.mark.parametrize(
    ("server", "shared", "gone"),
    [
        (Server("here", 7), False, True),
        (Server("here", DEAD), True, True),
        (Server("here", os.getpid()), False, False),
        (Server("elsewhere", 7), True, False),
        (Server("elsewhere", 7), False, True),
    ],
)
def test_who_is_gone(server: Server, shared: bool, gone: bool) -> None:
    assert server.is_gone(ME, shared) is gone


@pytest.mark.anyio
async def test_only_what_runs_on_a_dead_server_is_lost() -> None:
    store, metrics = MemoryStore(), Metrics()
    run = Run("a", "k", "a.b", "cmd", "t", "p", "c", State.RUNNING, 1.0, 9.0, server=f"here:{DEAD}")
    for other in (
        run,
        replace(run, id="b", state=State.PASSED),
        replace(run, id="c", server="x:1"),
    ):
        await store.save_run(other)
    await store.set_gate("a.b", True)
    assert await recover(store, metrics, ME, shared=True) == 1
    states = {run.id: run.state for run in await store.runs(9)}
    assert states == {"a": State.LOST, "b": State.PASSED, "c": State.RUNNING}
    assert b'loadtester_gate_open{gate="a.b"} 1.0' in metrics.text()


def test_a_killed_server_does_not_leave_a_run_running(tmp_path: Path) -> None:
    metadata = {"cmd": "sleep 300", "verdict": "later"}
    with loadtester(tmp_path) as running:
        assert running.task(metadata).status_code == 202
        running.process.kill()
        running.process.wait()
    with loadtester(tmp_path) as running:
        (run,) = running.http.get("/api/runs").json()
        assert (run["state"], run["error"]) == ("lost", "the server that ran it is gone")
        assert running.task(metadata).status_code == 202
        assert running.task(metadata).status_code == 200
