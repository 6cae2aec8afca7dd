import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runs.heartbeat import Heartbeat, is_lost, new_server_name
from loadtester.webhooks.runs.recorder import RunRecorder
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.runs.runner import Limits, Runner
from loadtester.webhooks.stores.memory import MemoryStore
from tests.loadtester.webhooks.running import loadtester, until

RUN = Run("a", "k", "a.b", "cmd", "t", "p", "c", RunState.RUNNING, 1.0, server="dead/1")


def heartbeat(store: MemoryStore, server: str = "me/1") -> tuple[Heartbeat, RunRecorder]:
    recorder = RunRecorder(store)
    runner = Runner(recorder, Supervisor(), Limits(), Metrics(), server)
    return Heartbeat(store, recorder, runner, server), recorder


def test_no_two_servers_ever_have_the_same_name() -> None:
    assert len({new_server_name() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("state", "last_beat", "lost"),
    [
        (RunState.RUNNING, 95.0, False),
        (RunState.RUNNING, 94.0, True),
        (RunState.RUNNING, None, True),
        (RunState.PASSED, None, False),
        (RunState.FAILED, 0.0, False),
    ],
)
def test_a_run_is_lost_with_its_server(
    state: RunState, last_beat: float | None, lost: bool
) -> None:
    beats = {} if last_beat is None else {"dead/1": last_beat}
    assert is_lost(replace(RUN, state=state), beats, 100.0, 5.0) is lost


@pytest.mark.anyio
async def test_runs_are_read_as_their_servers_live() -> None:
    store = MemoryStore()
    beating, _ = heartbeat(store)
    await store.beat("alive/1", time.time())
    runs = [
        RUN,
        replace(RUN, id="b", server="alive/1"),
        replace(RUN, id="c", server="me/1"),  # nothing of mine is under way but what I know of
        replace(RUN, id="d", state=RunState.PASSED),
    ]
    settled = await beating.all_settled(runs)
    assert [run.state.value for run in settled] == ["lost", "running", "lost", "passed"]
    assert settled[0].error == "the server that ran it is gone"
    assert await beating.settled(None) is None


@pytest.mark.anyio
async def test_it_marks_what_is_lost_saves_what_is_not_and_beats_only_for_runs() -> None:
    store = MemoryStore()
    store.beat_s = 0.01
    await store.save_run(replace(RUN, started_at=time.time() - 60))
    await store.save_run(replace(RUN, id="b", server="alive/1", started_at=time.time()))
    beating, recorder = heartbeat(store)
    recorder.keep(replace(RUN, id="c", state=RunState.PASSED, server="me/1"))
    beating.start()
    await asyncio.sleep(0.1)
    await beating.stop()
    states = {run.id: run.state.value for run in await store.runs(9)}
    assert states == {"a": "lost", "b": "running", "c": "passed"}
    assert "me/1" not in await store.beats()


@pytest.mark.anyio
async def test_a_store_that_fails_is_said_until_it_works() -> None:
    class Failing(MemoryStore):
        error = "disk full"

        async def check(self) -> None:
            if self.error:
                raise StoreError(self.error)

    store = Failing()
    store.beat_s = 0.01
    beating, _ = heartbeat(store)
    beating.start()
    await asyncio.sleep(0.05)
    assert beating.store_error == "disk full"
    store.error = ""
    await asyncio.sleep(0.05)
    assert beating.store_error == ""
    beating.note_failure(StoreError("once"))
    assert beating.store_error == "once"
    await asyncio.sleep(0.05)
    assert beating.store_error == ""
    await beating.stop()


@pytest.mark.slow
def test_a_killed_server_does_not_leave_a_run_running(tmp_path: Path) -> None:
    """Whoever comes next, under whatever process id, starts it again."""
    metadata = {"cmd": "sleep 300", "verdict": "later"}
    with loadtester(tmp_path) as running:
        assert running.task(metadata).status_code == 202
        running.process.kill()
        running.process.wait()
    with loadtester(tmp_path) as running:
        until(
            lambda: running.http.get("/api/runs").json()[-1]["state"] == "lost",
            "the run to be known as lost",
        )
        (run,) = running.http.get("/api/runs").json()
        assert run["error"] == "the server that ran it is gone"
        assert running.task(metadata).status_code == 202
        assert running.task(metadata).status_code == 200
