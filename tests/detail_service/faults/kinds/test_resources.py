import time

import pytest

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.kinds.resources import Cpu, Memory
from detail_service.faults.limits import FaultLimits, MemoryBudget
from tests.detail_service.support import FakeConnection, Sent, nothing, scope

DRAWS = Draws(1, 1)


def exchange(limits: FaultLimits) -> Exchange:
    budget = MemoryBudget(limits.memory_bytes)
    return Exchange(scope(), nothing, Sent(), limits, budget, FakeConnection(), owner="f1")


@pytest.mark.anyio
async def test_processor_time_is_burnt() -> None:
    before = time.thread_time()
    delivered = await Cpu(kind="cpu", burn=0.005).hold(DRAWS, exchange(FaultLimits()))

    assert delivered
    assert 0.005 <= time.thread_time() - before < 1


@pytest.mark.anyio
async def test_all_faults_of_a_request_share_its_processor_time() -> None:
    one = exchange(FaultLimits(cpu_s=0.02))
    before = time.thread_time()
    delivered = [await Cpu(kind="cpu", burn=0.015).hold(DRAWS, one) for _ in range(20)]
    spent_s = time.thread_time() - before

    assert delivered == [True, True, *[False] * 18]
    assert one.burnt_cpu_s == pytest.approx(0.02)
    assert 0.02 <= spent_s < 0.2


@pytest.mark.anyio
async def test_a_leak_is_delivered_while_there_is_room() -> None:
    one = exchange(FaultLimits(memory_bytes=100_000))
    delivered = [await Memory(kind="memory", leak=60_000).hold(DRAWS, one) for _ in range(3)]

    assert delivered == [True, True, False]
    assert one.memory.held_bytes <= 100_000
