import time

import pytest

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Caps, Exchange, Hoard
from detail_service.faults.kinds.cpu import Cpu
from tests.detail_service.support import FakeConnection, Sent, nothing, scope


@pytest.mark.anyio
async def test_processor_time_is_burnt_and_capped() -> None:
    exchange = Exchange(scope(), nothing, Sent(), Caps(cpu_s=0.02), Hoard(0), FakeConnection())
    spent = []
    for burn in (0.005, 5):
        before = time.thread_time()
        await Cpu(kind="cpu", burn=burn).hold(Draws(1, 1), exchange)
        spent.append(time.thread_time() - before)

    assert 0.005 <= spent[0] < spent[1]
    assert 0.02 <= spent[1] < 1
