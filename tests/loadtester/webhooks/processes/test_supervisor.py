import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from loadtester.webhooks.processes.supervisor import Child, Supervisor
from tests.loadtester.webhooks.running import processes_with

pytestmark = pytest.mark.anyio
LIMIT = 1000


@asynccontextmanager
async def supervisor() -> AsyncIterator[Supervisor]:
    made = Supervisor()
    made.open()
    try:
        yield made
    finally:
        made.close()


def mark() -> str:
    return f"mark-{time.monotonic_ns()}"


async def test_output_of_both_streams_and_the_exit_code() -> None:
    async with supervisor() as s:
        done = await s.run(
            ["sh", "-c", "echo a; echo b >&2; exit 3"], timeout_s=9, limit_bytes=LIMIT
        )
    assert (done.returncode, done.output, done.error) == (3, b"a\nb\n", "exit status 3")
    assert not done.ok


async def test_a_program_that_is_not_there() -> None:
    async with supervisor() as s:
        done = await s.run(["no-such-program"], timeout_s=9, limit_bytes=LIMIT)
    assert done.returncode is None
    assert done.error == 'exec: "no-such-program": executable file not found in $PATH'


async def test_an_argument_that_no_program_can_have() -> None:
    async with supervisor() as s:
        done = await s.run(["sh", "-c", "a\0b"], timeout_s=9, limit_bytes=LIMIT)
    assert done.error == "fork/exec sh: invalid argument"


async def test_the_environment_is_inherited_and_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy")
    monkeypatch.setenv("LOADTESTER_TOKEN", "s3cret")
    async with supervisor() as s:
        script = ["sh", "-c", 'echo "$http_proxy $MORE$LOADTESTER_TOKEN"']
        done = await s.run(script, timeout_s=9, env={"MORE": "more"}, limit_bytes=LIMIT)
    assert done.output == b"http://proxy more\n"


async def test_output_is_bounded_and_the_process_not_held_up() -> None:
    async with supervisor() as s:
        done = await s.run(["sh", "-c", "yes | head -c 3000000"], timeout_s=30, limit_bytes=LIMIT)
    assert done.ok
    assert b"... 2999000 bytes left out ..." in done.output


async def test_the_deadline_kills_everybody_even_who_left_the_group() -> None:
    name = mark()
    async with supervisor() as s:
        script = "sleep 300 & setsid sleep 301 & sleep 302"
        done = await s.run(["sh", "-c", script], timeout_s=0.5, env={"W": name}, limit_bytes=LIMIT)
        assert done.timed_out
        assert done.error == "signal: killed"
        assert processes_with(name) == []


async def test_what_a_finished_task_left_in_its_group_is_killed() -> None:
    name = mark()
    async with supervisor() as s:
        script = "sleep 300 >/dev/null 2>&1 & true"
        done = await s.run(["sh", "-c", script], timeout_s=30, env={"W": name}, limit_bytes=LIMIT)
        assert done.ok
        for _ in range(200):
            if not processes_with(name):
                break
            await asyncio.sleep(0.01)
        assert processes_with(name) == []


async def test_closing_takes_everything_along() -> None:
    name = mark()
    async with supervisor() as s:
        script = ["sh", "-c", "setsid sleep 300 >/dev/null 2>&1 & setsid sleep 301"]
        running = asyncio.ensure_future(
            s.run(script, timeout_s=99, env={"W": name}, limit_bytes=LIMIT)
        )
        while len(processes_with(name)) < 3:
            await asyncio.sleep(0.02)
    assert processes_with(name) == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_child_can_be_told() -> None:
    children: list[Child] = []
    async with supervisor() as s:
        script = "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.05; done"

        def tell_when_ready(piece: bytes) -> bytes:
            if b"ready" in piece:
                children[0].tell(signal.SIGTERM)
            return piece

        done = await s.run(
            ["sh", "-c", script],
            timeout_s=30,
            keep=tell_when_ready,
            started=children.append,
            limit_bytes=LIMIT,
        )
    assert done.output.endswith(b"told\n")
    assert done.ok


async def test_each_runs_in_a_group_of_its_own() -> None:
    async with supervisor() as s:
        script = ["sh", "-c", "ps -o pgid= -p $$"]
        done = await s.run(script, timeout_s=9, limit_bytes=LIMIT)
    assert int(done.output) != os.getpgid(0)
