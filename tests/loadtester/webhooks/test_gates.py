import asyncio

import pytest

from loadtester.webhooks.errors import BadTaskError, StoreError
from loadtester.webhooks.gates import LONGEST_NAME, MOST_ASKED, Gates
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.runs import recorder
from loadtester.webhooks.stores.memory import MemoryStore

pytestmark = pytest.mark.anyio


async def test_what_holds_somebody_back_comes_first_then_what_is_open() -> None:
    gates = Gates(MemoryStore(), Metrics())
    await gates.change("b.open", True)
    await gates.change("c.closed", False)
    await gates.change("rollback.e.n", True)
    assert not await gates.ask("gate", "d.asked")
    assert await gates.ask("rollback", "e.n")
    states = await gates.states()
    assert [state.name for state in states] == ["d.asked", "b.open", "rollback.e.n", "c.closed"]
    assert [state.kind for state in states] == ["gate", "gate", "rollback", "gate"]
    assert states[2].canary == "e.n"
    assert states[0].asked_at is not None


async def test_a_rollback_gate_that_is_watched_comes_behind_one_that_is_waited_for() -> None:
    gates = Gates(MemoryStore(), Metrics())
    await gates.change("open.n", True)
    await gates.ask("rollback", "a.n")
    await gates.ask("gate", "z.n")
    assert [state.name for state in await gates.states()] == ["z.n", "rollback.a.n", "open.n"]


async def test_names_have_a_length_and_no_gate_of_a_longer_one_is_open() -> None:
    store = MemoryStore()
    gates = Gates(store, Metrics())
    longest = "x" * LONGEST_NAME
    await gates.change(longest, True)
    assert await gates.ask("gate", longest)
    assert not await gates.ask("gate", longest + "x")
    assert not await gates.ask("rollback", longest)
    for is_open in (True, False):
        with pytest.raises(BadTaskError, match="more than 330 characters"):
            await gates.change("x" * 900_000, is_open)
    assert list(await store.gates()) == [longest]


async def test_asking_for_ever_new_gates_fills_nothing() -> None:
    metrics = Metrics()
    gates = Gates(MemoryStore(), metrics)
    await gates.change("open.n", True)
    for number in range(3 * MOST_ASKED):
        await gates.ask("gate", f"{number}.n")
    assert len(await gates.states()) == MOST_ASKED + 1
    assert await gates.ask("gate", "open.n")
    gates.export()
    text = metrics.text().decode()
    assert text.count("loadtester_gate_open{") == 100


async def test_a_store_that_stands_still_is_a_store_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Still(MemoryStore):
        async def is_open(self, gate: str) -> bool:
            await asyncio.sleep(3600)
            return True

        async def set_gate(self, gate: str, is_open: bool) -> None:
            await asyncio.sleep(3600)

    monkeypatch.setattr(recorder.within_limit, "__defaults__", (0.05,))
    gates = Gates(Still(), Metrics())
    with pytest.raises(StoreError, match="has not answered"):
        await gates.ask("gate", "a.b")
    with pytest.raises(StoreError, match="has not answered"):
        await gates.change("a.b", True)
