"""What every store must do, whichever it is."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.stores import Store
from loadtester.webhooks.stores.configmap import ConfigMapStore
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, Credentials
from loadtester.webhooks.stores.memory import MemoryStore
from loadtester.webhooks.stores.sqlite import SqliteStore
from tests.loadtester.webhooks.stores.fake_kubernetes import fake_kubernetes

pytestmark = pytest.mark.anyio
RUN = Run("a1", "key", "a.b", "loadtest", "t", "p", "c", State.RUNNING, 1.0, 9.0)
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
            return ConfigMapStore(ConfigMapClient(credentials, "state"), history=5)

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
        await store.save_run(RUN)
        await store.save_run(replace(RUN, id="b2", started_at=2.0))
        await store.save_run(replace(RUN, id="c3", key="other"))
        assert await store.run("a1") == RUN
        latest = await store.latest("key")
        assert latest is not None
        assert latest.id == "b2"


async def test_saving_again_replaces(opened: Opened) -> None:
    async with opened() as store:
        await store.save_run(RUN)
        await store.save_run(replace(RUN, id="b2"))
        done = replace(RUN, state=State.FAILED, ended_at=3.0, failed=("p99<1ms (was 2ms)",))
        await store.save_run(done)
        assert [run.id for run in await store.runs(10)] == ["b2", "a1"]
        assert await store.run("a1") == done


async def test_only_the_newest_runs_are_kept(opened: Opened) -> None:
    async with opened() as store:
        for number in range(8):
            await store.save_run(replace(RUN, id=f"r{number}"))
        assert [run.id for run in await store.runs(10)] == ["r7", "r6", "r5", "r4", "r3"]
        assert [run.id for run in await store.runs(2)] == ["r7", "r6"]
