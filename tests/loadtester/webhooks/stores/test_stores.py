"""What every store must do, whichever it is."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.errors import BusyError
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores import Store, retention
from loadtester.webhooks.stores.configmap import ConfigMapStore
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, Credentials
from loadtester.webhooks.stores.memory import MemoryStore
from loadtester.webhooks.stores.sqlite import SqliteStore
from tests.loadtester.webhooks.stores.fake_kubernetes import fake_kubernetes

pytestmark = pytest.mark.anyio
RUN = Run("a1", "key", "a.b", "loadtest", "t", "p", "c", RunState.RUNNING, 1.0, "s")
LATER = replace(RUN, verdict_later=True, reported=False)
Opened = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["memory", "sqlite", "configmap"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Opens the store under test, empty, with room for 5 runs."""
    with fake_kubernetes() as fake:
        (tmp_path / "token").write_text(fake.token)

        def make() -> Store:
            if request.param == "memory":
                return MemoryStore(history=5)
            if request.param == "sqlite":
                return SqliteStore(tmp_path / "deep" / "loadtester.db", history=5)
            credentials = Credentials(fake.url, tmp_path / "token", None, "flagger")
            gates = ConfigMapClient(credentials, "state")
            return ConfigMapStore(gates, ConfigMapClient(credentials, "state-runs"), history=5)

        @asynccontextmanager
        async def open_store() -> AsyncIterator[Store]:
            store = make()
            try:
                yield store
            finally:
                await store.close()

        yield open_store


async def test_a_gate_is_closed_until_it_is_opened(opened: Opened) -> None:
    async with opened() as store:
        assert not await store.is_open("a.b")
        await store.set_gate("a.b", True)
        assert await store.is_open("a.b")
        assert not await store.is_open("rollback.a.b")
        await store.set_gate("a.b", False)
        assert not await store.is_open("a.b")


async def test_opening_twice_is_opening(opened: Opened) -> None:
    async with opened() as store:
        for _ in range(2):
            await store.set_gate("a.b", True)
        assert await store.gates() == {"a.b": True}


async def test_gates_are_listed_by_name(opened: Opened) -> None:
    async with opened() as store:
        for name, is_open in (("z", True), ("a", False), ("ü /\n", True)):
            await store.set_gate(name, is_open)
        assert list((await store.gates()).items()) == [("a", False), ("z", True), ("ü /\n", True)]


async def test_a_run_is_found_by_id_and_by_key(opened: Opened) -> None:
    async with opened() as store:
        assert await store.run("a1") is None
        assert await store.latest("key") is None
        await store.save_run(LATER)
        await store.save_run(replace(LATER, id="b2", started_at=2.0))
        await store.save_run(replace(LATER, id="c3", key="other"))
        await store.save_run(replace(RUN, id="d4"))
        assert await store.run("a1") == LATER
        latest = await store.latest("key")
        assert latest is not None
        assert latest.id == "b2"


async def test_saving_again_replaces(opened: Opened) -> None:
    async with opened() as store:
        await store.save_run(RUN)
        await store.save_run(replace(RUN, id="b2"))
        done = replace(RUN, state=RunState.FAILED, ended_at=3.0, failed=("p99<1ms (was 2ms)",))
        await store.save_run(done)
        assert [run.id for run in await store.runs(10)] == ["b2", "a1"]
        assert await store.run("a1") == done


async def test_only_the_newest_runs_are_kept(opened: Opened) -> None:
    async with opened() as store:
        for number in range(8):
            await store.save_run(replace(RUN, id=f"r{number}"))
        assert [run.id for run in await store.runs(10)] == ["r7", "r6", "r5", "r4", "r3"]
        assert [run.id for run in await store.runs(2)] == ["r7", "r6"]


async def test_a_verdict_outlives_the_history_until_it_was_reported(opened: Opened) -> None:
    async with opened() as store:
        failed = replace(LATER, state=RunState.FAILED, failed=("p99<1ms (was 2ms)",))
        await store.save_run(LATER)
        await store.save_run(failed)
        for number in range(20):
            await store.save_run(replace(RUN, id=f"r{number}", state=RunState.PASSED))
        assert await store.latest("key") == failed
        assert await store.run("a1") == failed


async def test_a_run_that_is_saved_late_does_not_take_the_place_of_a_newer_one(
    opened: Opened,
) -> None:
    async with opened() as store:
        await store.save_run(LATER)
        await store.save_run(replace(LATER, id="b2", started_at=2.0))
        await store.save_run(replace(LATER, state=RunState.FAILED))
        latest = await store.latest("key")
        assert latest is not None
        assert latest.id == "b2"


async def test_gates_have_an_end_and_open_ones_are_not_forgotten(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention.refuse_gate, "__defaults__", (3,))
    monkeypatch.setattr(retention.forgotten_gates, "__defaults__", (3,))
    async with opened() as store:
        await store.set_gate("a", True)
        for number in range(9):
            await store.set_gate(f"closed{number}", False)
        assert list(await store.gates()) == ["a", "closed7", "closed8"]
        await store.set_gate("b", True)
        await store.set_gate("c", True)
        assert list(await store.gates()) == ["a", "b", "c"]
        with pytest.raises(BusyError, match="3 gates are open already"):
            await store.set_gate("d", True)
        await store.set_gate("a", True)
        await store.set_gate("d", False)
        assert not await store.is_open("d")
        await store.set_gate("a", False)
        await store.set_gate("d", True)
        assert await store.is_open("d")


async def test_servers_are_alive_as_of_their_last_beat(opened: Opened) -> None:
    async with opened() as store:
        assert await store.beats() == {}
        await store.save_run(replace(RUN, started_at=100.0))
        assert await store.beats() == {"s": 100.0}
        await store.beat("s", 105.0)
        await store.beat("other", 106.0)
        await store.save_run(replace(RUN, started_at=100.0, state=RunState.LOST))
        assert await store.beats() == {"s": 105.0, "other": 106.0}
        await store.check()


@pytest.mark.parametrize("name", ["", ".", "ü/\n", "a" * 330, "'; DROP TABLE gates; --"])
async def test_any_name_of_a_gate(opened: Opened, name: str) -> None:
    async with opened() as store:
        await store.set_gate(name, True)
        assert await store.is_open(name)
        assert dict(await store.gates()) == {name: True}
