import asyncio
import os
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from commons import reaper
from loadtester.webhooks.processes.environment import OWN_PROGRAMS
from loadtester.webhooks.processes.running import Finished, ProcessTree
from loadtester.webhooks.processes.supervisor import Supervisor

pytestmark = pytest.mark.anyio
LIMIT = 1000


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@asynccontextmanager
async def supervisor() -> AsyncIterator[Supervisor]:
    made = Supervisor()
    made.open()
    try:
        yield made
    finally:
        made.close()


async def run(script: str, *, timeout_s: float = 20, **more: Any) -> Finished:
    """The end of a bash script under a supervisor of its own."""
    async with supervisor() as made:
        return await made.run(
            ["bash", "-c", script], timeout_s=timeout_s, limit_bytes=LIMIT, **more
        )


async def test_output_of_both_streams_and_the_exit_code() -> None:
    done = await run("echo a; echo b >&2; exit 3")
    assert (done.returncode, done.output, done.error) == (3, b"a\nb\n", "exit status 3")
    assert not done.ok


async def test_a_program_that_is_not_there() -> None:
    async with supervisor() as made:
        done = await made.run(["no-such-program"], timeout_s=9, limit_bytes=LIMIT)
    assert done.returncode is None
    assert done.error == 'exec: "no-such-program": executable file not found in $PATH'


async def test_a_program_that_may_not_be_run(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\n")
    path.chmod(stat.S_IRUSR)
    async with supervisor() as made:
        done = await made.run([str(path)], timeout_s=9, limit_bytes=LIMIT)
    assert done.error == f'exec: "{path}": permission denied'


async def test_an_argument_that_no_program_can_have() -> None:
    async with supervisor() as made:
        done = await made.run(["sh", "-c", "a\0b"], timeout_s=9, limit_bytes=LIMIT)
    assert done.error == "fork/exec sh: invalid argument"


@pytest.mark.parametrize("argument", ["é", "\udcff", "a b", '"', "\n"])
async def test_an_argument_arrives_as_it_is(argument: str) -> None:
    async with supervisor() as made:
        done = await made.run(["printf", "%s", argument], timeout_s=9, limit_bytes=LIMIT)
    assert done.output == argument.encode("utf-8", "surrogateescape")


async def test_the_environment_is_inherited_and_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy")
    monkeypatch.setenv("LOADTESTER_TOKEN", "s3cret")
    done = await run('echo "$http_proxy $MORE$LOADTESTER_TOKEN"', env={"MORE": "more"})
    assert done.output == b"http://proxy more\n"


async def test_our_own_programs_come_first_in_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = await run("type -P hey; echo $PATH; hey selfcheck --help | head -n 1")
    assert (
        done.output.decode()
        == f"{OWN_PROGRAMS}/hey\n{OWN_PROGRAMS}:/usr/bin:/bin\nUsage: hey selfcheck [flags]\n"
    )


async def test_a_command_has_no_descriptor_but_the_standard_ones() -> None:
    done = await run("ls /proc/self/fd")
    assert done.output.split() == [b"0", b"1", b"2", b"3"]  # 3 is ls reading that folder


@pytest.mark.parametrize("device", ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/2"])
async def test_output_can_be_opened_by_its_name(device: str) -> None:
    assert (await run(f"echo hi > {device}")).output == b"hi\n"


async def test_output_is_bounded_and_the_process_not_held_up() -> None:
    done = await run("yes | head -c 3000000", timeout_s=30)
    assert done.ok
    assert b"... 2999000 bytes left out ..." in done.output


DETACHED = {
    "in the background": "sleep 300 >/dev/null 2>&1 &",
    "stopped": "sleep 300 >/dev/null 2>&1 & sleep 0.1; kill -STOP $!",
    "in a session of its own": "setsid sleep 300 >/dev/null 2>&1 &",
    "forked twice": "(setsid sh -c 'sleep 300 & sleep 301 &' >/dev/null 2>&1 &)",
    "with a clean environment": "env -i setsid sleep 300 >/dev/null 2>&1 &",
    "deaf to signals": "(trap '' TERM HUP INT; setsid sleep 300) >/dev/null 2>&1 &",
    "under nohup": "nohup sleep 300 >/dev/null 2>&1 &",
    "a chain that forks on": (
        'f() { sleep 0.01; f & }; (setsid bash -c "$(declare -f f); f" >/dev/null 2>&1 &)'
    ),
}


@pytest.mark.parametrize("script", DETACHED.values(), ids=DETACHED)
async def test_a_command_returns_at_once_and_leaves_nothing(script: str) -> None:
    done = await run(f"{script}\necho said")
    assert (done.returncode, done.output) == (0, b"said\n")
    assert not reaper.descendants({os.getpid()})


async def test_who_holds_the_output_is_waited_for_as_go_does() -> None:
    done = await run("(sleep 0.3; echo late) & echo soon")
    assert done.output == b"soon\nlate\n"


@pytest.mark.parametrize("script", DETACHED.values(), ids=DETACHED)
async def test_the_deadline_kills_everybody(script: str) -> None:
    done = await run(f"{script}\nsleep 302", timeout_s=0.5)
    assert done.timed_out
    assert done.error == "signal: killed"
    assert not reaper.descendants({os.getpid()})


@pytest.mark.parametrize("script", DETACHED.values(), ids=DETACHED)
async def test_closing_takes_everything_along(script: str) -> None:
    ready = asyncio.Event()

    def keep(piece: bytes) -> bytes:
        ready.set()
        return piece

    async with supervisor() as made:
        running = asyncio.ensure_future(
            made.run(
                ["bash", "-c", f"{script}\necho ready; sleep 303"],
                timeout_s=99,
                limit_bytes=LIMIT,
                keep=keep,
            )
        )
        await ready.wait()
        assert reaper.descendants({os.getpid()})
    assert not reaper.descendants({os.getpid()})
    await asyncio.gather(running, return_exceptions=True)


async def test_a_command_can_be_terminated_and_answer_that() -> None:
    trees: list[ProcessTree] = []

    def terminate_when_ready(piece: bytes) -> bytes:
        if b"ready" in piece:
            trees[0].terminate()
        return piece

    done = await run(
        "trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
        keep=terminate_when_ready,
        started=trees.append,
    )
    assert done.output.endswith(b"told\n")
    assert done.ok


async def test_each_runs_in_a_session_of_its_own() -> None:
    done = await run("ps -o sid= -p $$")
    assert int(done.output) != os.getsid(0)


async def test_a_command_that_kills_its_runner_dies_with_what_it_left() -> None:
    done = await run("setsid sleep 300 >/dev/null 2>&1 & kill -9 $PPID; sleep 300")
    assert done.lost
    assert (done.returncode, done.error) == (None, "signal: killed")
    for _ in range(200):
        if not reaper.descendants({os.getpid()}):
            break
        await asyncio.sleep(0.02)
    assert not reaper.descendants({os.getpid()})


async def test_a_reaper_that_was_killed_is_replaced() -> None:
    async with supervisor() as made:
        (killed,) = reaper.descendants({os.getpid()})
        os.kill(killed, signal.SIGKILL)
        for _ in range(3):
            done = await made.run(["echo", "hi"], timeout_s=9, limit_bytes=LIMIT)
            assert done.output == b"hi\n"


async def test_many_at_once() -> None:
    async with supervisor() as made:
        runs = (
            made.run(["bash", "-c", f"sleep 0.1 & echo {n}"], timeout_s=60, limit_bytes=LIMIT)
            for n in range(60)
        )
        ended = await asyncio.gather(*runs)
    assert [int(done.output) for done in ended] == list(range(60))


async def test_a_large_request_is_handed_over() -> None:
    text = "x" * 100_000
    async with supervisor() as made:
        done = await made.run(
            ["sh", "-c", 'echo "${#W} ${#1}"', "sh", text],
            timeout_s=9,
            limit_bytes=LIMIT,
            env={"W": text},
        )
    assert done.output == b"100000 100000\n"


async def test_no_descriptor_is_left_open() -> None:
    async with supervisor() as made:
        await made.run(["true"], timeout_s=9, limit_bytes=LIMIT)
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        for argv in (["true"], ["no-such-program"], ["sh", "-c", "exit 3"]):
            await made.run(argv, timeout_s=9, limit_bytes=LIMIT)
        await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
