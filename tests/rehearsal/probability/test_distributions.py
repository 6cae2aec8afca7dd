"""Poisson and binomial chances."""

from __future__ import annotations

import math
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.probability.distributions import (
    add_chances,
    binomial,
    binomial_table,
    convolve,
    in_units,
    poisson,
    poisson_at_least,
    poisson_reach,
    poisson_table,
)

MEANS = [0.0, 1e-6, 0.3, 4.0, 60.0, 900.0, 250_000.0]


@pytest.mark.parametrize("mean_count", MEANS)
def test_poisson_chances(mean_count: float) -> None:
    table = poisson_table(mean_count)
    assert math.fsum(table.chances) == pytest.approx(1.0)
    first_moment = math.fsum(k * p for k, p in enumerate(table.chances, table.first))
    assert first_moment == pytest.approx(mean_count, rel=1e-6)
    if mean_count < 500:
        assert table.chances[0] == pytest.approx(math.exp(-mean_count), abs=1e-12) or table.first


@given(st.integers(1, 400), st.floats(1e-6, 1 - 1e-6))
def test_binomial_chances(count: int, share: float) -> None:
    table = binomial_table(count, share)
    for k in (0, count // 3, count):
        expected = math.comb(count, k) * share**k * (1 - share) ** (count - k)
        index = k - table.first
        found = table.chances[index] if 0 <= index < len(table.chances) else 0.0
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-14)


@pytest.mark.parametrize(("count", "share", "sure"), [(7, 0.0, 0), (7, 1.0, 7), (0, 0.4, 0)])
def test_sure_binomials(count: int, share: float, sure: int) -> None:
    table = binomial_table(count, share)
    assert (table.first, table.chances) == (sure, [1.0])


def test_tails_are_gathered_in_the_last_entry() -> None:
    capped = poisson(3.0, 4)
    assert len(capped) == 5
    assert capped[4] == pytest.approx(poisson_table(3.0).at_least(4))
    assert binomial(10, 0.5, 3)[3] == pytest.approx(binomial_table(10, 0.5).at_least(3))
    assert poisson(1e6, 3) == pytest.approx([0, 0, 0, 1])


def test_a_sum_of_poissons_is_one() -> None:
    summed = convolve(poisson(1.5, 100), poisson(2.0, 100), 100)
    assert summed[:20] == pytest.approx(poisson(3.5, 100)[:20])
    assert math.fsum(convolve(poisson(5, 6), poisson(5, 6), 6)) == pytest.approx(1.0)


def test_adding_lists_of_unequal_lengths() -> None:
    into: dict[str, list[float]] = {}
    add_chances(into, "a", [0.1])
    add_chances(into, "a", [0.2, 0.3])
    assert into["a"] == pytest.approx([0.3, 0.3])


def test_draws_have_the_mean_and_quantiles_hold() -> None:
    randomness, table = Random(1), poisson_table(7.0)
    assert mean(table.draw(randomness) for _ in range(4000)) == pytest.approx(7.0, abs=0.2)
    assert table.at_least(table.quantile(0.95) + 1) <= 0.05 < table.at_least(table.quantile(0.95))


@given(st.floats(0.01, 3000.0), st.integers(1, 60))
def test_units_keep_the_mean(mean_count: float, unit: int) -> None:
    chances = poisson(mean_count, 10_000)
    lumped = in_units(chances, unit)
    assert math.fsum(lumped) == pytest.approx(math.fsum(chances))
    assert len(lumped) <= -(-len(chances) // unit) + 1
    first_moment = math.fsum(unit * k * p for k, p in enumerate(lumped))
    assert first_moment == pytest.approx(mean_count, rel=1e-6)


@given(st.floats(1000.0, 200_000.0), st.floats(-6.0, 6.0))
def test_large_means_have_the_chances_of_the_sum(mean_count: float, deviations: float) -> None:
    count = round(mean_count + deviations * math.sqrt(mean_count))
    summed = poisson_table(mean_count).at_least(count)
    assert poisson_at_least(mean_count, count) == pytest.approx(summed, abs=1e-4)


def test_no_count_is_beyond_its_reach() -> None:
    for mean_count in (0.0, 0.5, 900.0, 5e6):
        assert poisson_at_least(mean_count, poisson_reach(mean_count)) < 1e-12
