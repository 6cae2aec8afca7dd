"""The SDK's default rule for sampling, at the price of a subtraction.

The rule is that of `LocalSampler` without rules of a user's own: one request a second and five
percent of the rest. Instead of asking a random number for every request, the number of requests
until the next that is taken is drawn, from the geometric distribution; what is taken is the same.
"""

import math
import random
import time
from collections.abc import Callable

FIXED_RATE = 0.05


class DefaultRuleSampler:
    """Takes the first request of each second, and `rate` of the others."""

    def __init__(
        self,
        rate: float = FIXED_RATE,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._scale = 1 / math.log1p(-rate)
        self._clock = clock
        self._draw = draw
        self._second = 0
        self._left = self._draw_gap()

    def should_trace(self, sampling_req: object = None) -> bool:
        """Whether to trace the next request, whatever it is."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            return True
        if self._left > 0:
            self._left -= 1
            return False
        self._left = self._draw_gap()
        return True

    def _draw_gap(self) -> int:
        """How many requests are passed over before the next is taken."""
        return int(math.log(1.0 - self._draw()) * self._scale)
