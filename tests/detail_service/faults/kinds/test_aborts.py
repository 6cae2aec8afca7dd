import logging
import os

import pytest

from detail_service.faults.dice import Draws
from detail_service.faults.exchange import Exchange
from detail_service.faults.kinds.aborts import Crash
from detail_service.faults.limits import FaultLimits, MemoryBudget
from tests.detail_service.support import FakeConnection, Sent, nothing, scope


@pytest.mark.anyio
async def test_a_crash_ends_the_process_with_its_code_and_a_last_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    memory, connection = MemoryBudget(0), FakeConnection()
    exchange = Exchange(scope(), nothing, Sent(), FaultLimits(), memory, connection, owner="f7")
    await Crash(kind="crash", exit_code=3).abort(Draws(1, 1), exchange)

    assert codes == [3]
    assert "fault f7 ends the process with exit code 3" in caplog.text
