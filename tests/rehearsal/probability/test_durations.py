"""Durations of requests."""

from __future__ import annotations

import math
from random import Random
from statistics import mean

import pytest

from rehearsal.probability import Latency
from rehearsal.probability.durations import Durations


def test_the_two_quantiles() -> None:
    durations = Durations(Latency(0.05, 0.4))
    assert durations.within(0.05) == pytest.approx(0.5)
    assert durations.within(0.4) == pytest.approx(0.99)
    assert (durations.within(0.0), durations.within(math.inf)) == (0.0, 1.0)


def test_a_slow_share_is_added() -> None:
    durations = Durations(Latency(0.05, 0.05, 0.1, 2.0))
    assert durations.within(1.0) == pytest.approx(0.9)
    assert durations.within(2.0) == pytest.approx(1.0)
    assert durations.bucket_shares((0.1, 1.0)) == pytest.approx([0.9, 0.0, 0.1])


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_sums_have_the_mean(count: int) -> None:
    durations, randomness = Durations(Latency(0.05, 0.2, 0.05, 0.5)), Random(2)
    drawn = mean(durations.draw_sum_s(count, randomness) for _ in range(60_000 // count))
    assert drawn / count == pytest.approx(durations.mean_s, rel=0.03)
