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
