import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.metrics.quantile import histogram_quantile

INF = math.inf


def test_linear_inside_a_bucket() -> None:
    buckets = [(100.0, 10.0), (200.0, 20.0), (INF, 20.0)]
    assert histogram_quantile(0.75, buckets) == pytest.approx(150.0)
    assert histogram_quantile(0.25, buckets) == pytest.approx(50.0)


def test_the_last_bucket_gives_the_last_bound() -> None:
    assert histogram_quantile(0.99, [(5.0, 1.0), (10.0, 2.0), (INF, 50.0)]) == 10.0


@pytest.mark.parametrize(
    "buckets",
    [[], [(INF, 3.0)], [(1.0, 2.0), (5.0, 2.0)], [(1.0, 0.0), (INF, 0.0)]],
)
def test_nothing_to_say(buckets: list[tuple[float, float]]) -> None:
    assert math.isnan(histogram_quantile(0.99, buckets))


def test_a_quantile_out_of_range_is_infinite() -> None:
    assert histogram_quantile(1.5, [(1.0, 1.0), (INF, 1.0)]) == INF
    assert histogram_quantile(-1, [(1.0, 1.0), (INF, 1.0)]) == -INF


def test_counts_that_fall_are_held_up() -> None:
    assert histogram_quantile(0.5, [(1.0, 10.0), (2.0, 8.0), (INF, 10.0)]) == pytest.approx(0.5)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=10), st.floats(0.01, 1))
def test_it_lies_inside_its_bucket(counts: list[int], q: float) -> None:
    buckets, total = list[tuple[float, float]](), 0
    for upper, count in enumerate(counts, start=1):
        total += count
        buckets.append((float(upper), float(total)))
    value = histogram_quantile(q, [*buckets, (INF, float(total))])
    if total == 0:
        assert math.isnan(value)
        return
    bound, reached = next((b, c) for b, c in buckets if c >= q * total)
    assert bound - 1 <= value <= bound
    assert reached >= q * total
