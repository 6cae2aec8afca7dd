"""Timers on the real clock: never early, once, and re-armed."""

import asyncio
import sys
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

import pytest
import uvloop

from loadtester.load import timer
from loadtester.load.timer import KernelTimer, LoopTimer, make_timer

MS = 1_000_000
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
KINDS: list[Any] = [LoopTimer] + ([KernelTimer] if sys.platform == "linux" else [])


def on_loop(factory: Callable[[], asyncio.AbstractEventLoop], coroutine: Any) -> Any:
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(coroutine)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factory", LOOPS)
def test_it_never_fires_before_its_time(
    kind: Any, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def scenario() -> list[int]:
        done = asyncio.get_running_loop().create_future()
        early: list[int] = []
        due = [monotonic_ns() + 1_300_000]

        def fired() -> None:
            early.append(monotonic_ns() - due[0])
            if len(early) == 40:
                done.set_result(None)
            else:
                due[0] += 1_700_000
                wake.set(due[0])

        wake = kind(fired)
        wake.set(due[0])
        await asyncio.wait_for(done, 20)
        wake.close()
        return early

    assert min(on_loop(factory, scenario())) >= 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factory", LOOPS)
def test_it_fires_once_for_the_last_instant_it_was_set_to(
    kind: Any, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def scenario() -> int:
        fired = []
        wake = kind(lambda: fired.append(1))
        wake.set(monotonic_ns() + 60_000 * MS)
        wake.set(monotonic_ns() - MS)
        deadline = monotonic_ns() + 5_000 * MS
        while not fired and monotonic_ns() < deadline:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        wake.set(monotonic_ns() + MS)
        wake.close()
        wake.close()
        await asyncio.sleep(0.01)
        return len(fired)

    assert on_loop(factory, scenario()) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factory", LOOPS)
def test_it_may_be_set_again_to_the_same_instant(
    kind: Any, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def scenario() -> int:
        done, times = asyncio.get_running_loop().create_future(), 0

        def fired() -> None:
            nonlocal times
            times += 1
            if times < 3:
                wake.set(due_ns)
            elif not done.done():
                done.set_result(None)

        wake, due_ns = kind(fired), monotonic_ns() + MS
        wake.set(due_ns)
        await asyncio.wait_for(done, 20)
        await asyncio.sleep(0.01)
        wake.close()
        return times

    assert on_loop(factory, scenario()) == 3


def test_without_a_kernel_timer_the_loop_must_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def kinds() -> list[type]:
        made = [make_timer(lambda: None)]
        monkeypatch.setattr(timer, "KernelTimer", lambda callback: _fail())
        made.append(make_timer(lambda: None))
        for each in made:
            each.close()
        return [type(each) for each in made]

    def _fail() -> None:
        raise OSError("no timerfd")

    first, second = on_loop(asyncio.new_event_loop, kinds())
    assert first is (KernelTimer if sys.platform == "linux" else LoopTimer)
    assert second is LoopTimer
