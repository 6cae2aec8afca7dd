"""The dice are pure, so their quality can be measured: with fixed seeds, by chi-square."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.dice import FIRST, SECOND, SELECTION, Draws, draw, is_selected

SEEDS = [0, 1, 7, 42, 2**53 - 1]
ROLLS = 20_000
HITS_OF_SEED_7 = [12, 25, 27, 39, 43, 46]
CHI_SQUARE_99_9 = {1: 10.83, 15: 37.70, 63: 103.4}
seeds = st.integers(0, 2**53 - 1)
counters = st.integers(0, 2**40)


def chi_square(observed: list[int], expected: list[float]) -> float:
    return sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", [0.001, 0.05, 0.3, 0.5, 0.999])
def test_the_share_that_is_hit_is_the_rate(seed: int, rate: float) -> None:
    hits = sum(is_selected(rate, seed, counter) for counter in range(ROLLS))

    observed, expected = [hits, ROLLS - hits], [ROLLS * rate, ROLLS * (1 - rate)]
    assert chi_square(observed, expected) < CHI_SQUARE_99_9[1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("stream", [SELECTION, FIRST, SECOND])
def test_draws_are_uniform(seed: int, stream: int) -> None:
    bins = [0] * 64
    for counter in range(ROLLS):
        bins[int(draw(seed, counter, stream) * 64)] += 1

    assert chi_square(bins, [ROLLS / 64] * 64) < CHI_SQUARE_99_9[63]


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbouring_requests_do_not_know_of_each_other(seed: int) -> None:
    pairs = [0] * 16
    for counter in range(ROLLS):
        first, second = draw(seed, 2 * counter), draw(seed, 2 * counter + 1)
        pairs[int(first * 4) * 4 + int(second * 4)] += 1

    assert chi_square(pairs, [ROLLS / 16] * 16) < CHI_SQUARE_99_9[15]


def test_neighbouring_seeds_and_lanes_do_not_know_of_each_other() -> None:
    by_seed, by_stream = [0] * 16, [0] * 16
    for number in range(ROLLS):
        one = int(draw(number, 0) * 4) * 4
        by_seed[one + int(draw(number + 1, 0) * 4)] += 1
        by_stream[int(draw(9, number, SELECTION) * 4) * 4 + int(draw(9, number, FIRST) * 4)] += 1

    assert chi_square(by_seed, [ROLLS / 16] * 16) < CHI_SQUARE_99_9[15]
    assert chi_square(by_stream, [ROLLS / 16] * 16) < CHI_SQUARE_99_9[15]


@given(seeds, counters, st.integers(0, 8))
def test_a_draw_lies_in_the_half_open_interval_and_repeats(
    seed: int, counter: int, stream: int
) -> None:
    value = draw(seed, counter, stream)

    assert 0 <= value < 1
    assert value == draw(seed, counter, stream)


@given(seeds, counters)
def test_no_request_is_hit_at_rate_0_and_every_one_at_rate_1(seed: int, counter: int) -> None:
    assert not is_selected(0.0, seed, counter)
    assert is_selected(1.0, seed, counter)


@given(seeds, counters, st.floats(0, 1), st.floats(0, 1))
def test_what_is_hit_at_a_low_rate_is_hit_at_a_higher(
    seed: int, counter: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))

    assert is_selected(high, seed, counter) or not is_selected(low, seed, counter)


def test_the_sequence_of_a_seed_is_a_promise() -> None:
    """Written down, so that a recorded seed means the same in every release."""
    hits = [counter for counter in range(60) if is_selected(0.1, 7, counter)]

    assert hits == HITS_OF_SEED_7
    assert Draws(7, 3).first == draw(7, 3, FIRST)
    assert Draws(7, 3).second == draw(7, 3, SECOND)
