"""Does time grow with the length of what is read, and no faster?

Single measures on a shared machine are too long and never too short, so the least of several rounds
counts, of processor time alone; and whoever is slow once may try again. What grows with the square
fails every round: sixteen times the length takes it 256 times as long, and at most 64 times is
allowed.
"""

import time
from collections.abc import Callable

TIMES = 16
_SLACK = 4
_ROUNDS = 6
_RESOLUTION_S = 0.0005


def assert_linear(spend: Callable[[int], object], size: int, times: int = TIMES) -> None:
    """That `spend(size)` takes at most four times its share of `spend(size // times)`'s time."""
    small_s = large_s = float("inf")
    for _ in range(_ROUNDS):
        small_s = min(small_s, _cpu_s(spend, size // times))
        large_s = min(large_s, _cpu_s(spend, size))
        if large_s <= _SLACK * times * max(small_s, _RESOLUTION_S):
            return
    raise AssertionError(f"{times} times the length takes {large_s / small_s:.0f} times as long")


def _cpu_s(spend: Callable[[int], object], size: int) -> float:
    started_s = time.thread_time()
    spend(size)
    return time.thread_time() - started_s
