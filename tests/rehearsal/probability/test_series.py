"""How a rise is extrapolated: the same as Prometheus' rate over the points themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.metrics.rate import increase
from rehearsal.probability.series import UNBORN, Series, Sight, coarse

MS = 1000


@given(
    counts=st.lists(st.integers(0, 3), min_size=6, max_size=14),
    every_ms=st.sampled_from([5_000, 15_000]),
    phase_ms=st.integers(1, 4_999),
    window_ms=st.sampled_from([20_000, 60_000]),
)
def test_factors_are_those_of_rate(
    counts: list[int], every_ms: int, phase_ms: int, window_ms: int
) -> None:
    """A counter that gets `counts` before each scrape, read in a window at the end."""
    totals = [sum(counts[: k + 1]) for k in range(len(counts))]
    times = [k * every_ms for k in range(len(counts))]
    end = times[-1] + phase_ms
    start = end - window_ms
    seen = [(t, float(v)) for t, v in zip(times, totals, strict=True) if start < t <= end and v]
    expected = increase(seen, start, end)
    inside = [t for t in times if start < t <= end]
    if len(inside) < 2:
        return
    sight = Sight(start * MS, end * MS, inside[0] * MS, inside[-1] * MS, every_ms * MS)
    value = totals[times.index(inside[0])]
    born = next((t for t, v in zip(times, totals, strict=True) if v), None)
    if value:
        series = Series(value)
    elif born is not None:
        series = Series(0, totals[times.index(born)], born * MS)
    else:
        series = UNBORN
    rise = totals[-1] - (value or series.first)
    factor = sight.factor(series, 0, rise)
    if expected is None:
        assert factor == 0.0
    else:
        assert rise * factor == pytest.approx(expected)


def test_a_series_grows_past_its_birth_and_no_further_than_matters() -> None:
    born = Series(0, 2, 15)
    assert born.exists
    assert born.grown(3, 100) == Series(5)
    assert born.grown(3, 4) == Series(4)
    assert born.shifted(60) == Series(0, 2, -45)
    assert UNBORN.grown(3, 100) == UNBORN
    assert Series(0, 1).exists is False


@given(st.integers(0, 10**9))
def test_coarse_counts_are_close(count: int) -> None:
    assert abs(coarse(count) - count) <= count * 0.04
    assert coarse(coarse(count)) == coarse(count)


def test_a_continuous_view_extrapolates_nothing() -> None:
    sight = Sight(0, 60, 0, 60, 0)
    assert (sight.factor(Series(1), 0, 5), sight.zero_share) == (1.0, 0.0)
