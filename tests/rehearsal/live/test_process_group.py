import asyncio
import os
import sys
from pathlib import Path

import pytest

from commons.reaper import marked
from rehearsal.applications.base import MARK
from rehearsal.live.process_group import ProcessGroup
from tests.rehearsal.live.fakes import until

pytestmark = pytest.mark.anyio


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_output_exit_code_and_mark() -> None:
    processes = ProcessGroup()
    try:
        code = (
            f"import os; print('hello', os.environ['{MARK}'], os.environ['X']); raise SystemExit(3)"
        )
        program = await processes.start("talker", _python(code), {"X": "y"})
        assert await program.wait() == 3
        assert program.last_words() == f"hello {processes.environment} y"
    finally:
        await processes.close()
    assert not processes.folder.exists()


async def test_a_program_that_does_not_listen_is_killed() -> None:
    processes = ProcessGroup()
    try:
        deaf = (
            "import signal, time; signal.signal(15, 1); print('deaf', flush=True); time.sleep(60)"
        )
        program = await processes.start("deaf", _python(deaf))
        while "deaf" not in program.output():
            assert program.exit_code is None
            os.sched_yield()
        await program.stop(grace_s=0.2)
        assert program.exit_code == -9
        assert program.expected_to_end
    finally:
        await processes.close()


async def test_closing_leaves_nobody_and_logs_can_be_kept(tmp_path: Path) -> None:
    processes = ProcessGroup()
    await processes.start("sleeper", _python("import time; time.sleep(60)"))
    await until(lambda: list(marked(f"{MARK}={processes.environment}")))
    processes.keep_logs(tmp_path / "kept")
    await processes.close()
    assert list(marked(f"{MARK}={processes.environment}")) == []
    assert (tmp_path / "kept" / "sleeper.log").exists()


async def test_closing_that_is_cancelled_leaves_nobody_and_no_thread_either() -> None:
    processes = ProcessGroup()
    deaf = "import signal, time; signal.signal(15, 1); print('deaf', flush=True); time.sleep(60)"
    program = await processes.start("deaf", _python(deaf))
    watching = asyncio.create_task(processes.reaper_ended())
    await until(lambda: "deaf" in program.output())
    closing = asyncio.create_task(processes.close())
    await asyncio.sleep(0.05)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    async with asyncio.timeout(30):
        await watching
    assert list(marked(f"{MARK}={processes.environment}")) == []
    assert not processes.folder.exists()


async def test_whoever_drains_is_told_twice_when_everything_ends() -> None:
    processes = ProcessGroup()
    drains = (
        "import signal, sys, time\n"
        "terms = []\n"
        "def told(*_):\n"
        "    terms.append(1)\n"
        "    if len(terms) == 2: sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, told)\n"
        "print('serving', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    program = await processes.start("drains", _python(drains))
    await until(lambda: "serving" in program.output())
    await processes.close()
    assert program.exit_code == 7


async def test_who_ends_at_once_is_told_once() -> None:
    processes = ProcessGroup()
    program = await processes.start("sleeper", ["sleep", "60"])
    await processes.close()
    assert program.exit_code == -15
