import asyncio

import pytest

from rehearsal.clock import ScaledClock, VirtualClock, default_speed


def test_a_virtual_clock_moves_only_when_told() -> None:
    clock = VirtualClock()
    assert clock.now_s() == 0.0
    clock.advance(61.5)
    assert clock.now_s() == 61.5


def test_a_virtual_clock_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        VirtualClock().advance(-1)


def test_a_minute_takes_three_seconds_at_twenty() -> None:
    assert ScaledClock(20).real_s(60) == 3.0


@pytest.mark.anyio
async def test_a_scaled_clock_is_ahead_of_the_loop_by_its_speed() -> None:
    loop = asyncio.get_running_loop()
    clock = ScaledClock(50)
    real, canary = loop.time(), clock.now_s()
    await clock.sleep(5)
    elapsed, lived = loop.time() - real, clock.now_s() - canary
    assert lived >= 5
    assert lived == pytest.approx(elapsed * 50, rel=0.2)


@pytest.mark.parametrize(
    ("interval_s", "speed"), [(60, 20), (30, 10), (600, 20), (10, 10 / 3), (2, 1)]
)
def test_a_default_leaves_an_interval_three_seconds(interval_s: float, speed: float) -> None:
    assert default_speed(interval_s) == pytest.approx(speed)


@pytest.mark.anyio
async def test_a_sleep_keeps_to_the_clock_when_its_speed_changes() -> None:
    loop = asyncio.get_running_loop()
    clock = ScaledClock(100)
    began, real = clock.now_s(), loop.time()
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0.02)
    clock.change_speed(25)
    await sleeping
    assert clock.now_s() - began >= 10
    assert loop.time() - real > 10 / 100 * 1.5


@pytest.mark.anyio
async def test_a_paused_clock_stands_still_and_so_do_those_who_sleep_by_it() -> None:
    clock = ScaledClock(100)
    sleeping = asyncio.create_task(clock.sleep(2))
    running = asyncio.create_task(clock.wait_running())
    await asyncio.sleep(0)
    clock.set_paused(True)
    assert running.done()
    stopped_s = clock.now_s()
    waiting = asyncio.create_task(clock.wait_running())
    await asyncio.sleep(0.05)
    assert (clock.now_s(), clock.paused) == (stopped_s, True)
    assert not sleeping.done()
    assert not waiting.done()
    clock.set_paused(False)
    await asyncio.gather(sleeping, waiting)
    assert clock.now_s() >= 2


def test_a_clock_does_not_go_faster_than_it_began() -> None:
    clock = ScaledClock(10)
    clock.change_speed(5)
    clock.change_speed(10)
    for speed in (10.1, 0, -1, float("nan")):
        with pytest.raises(ValueError, match="up to 10"):
            clock.change_speed(speed)
    assert clock.speed == 10
