import json
import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.measuring.histogram import HIGHEST_NS, Histogram, bucket_bounds, bucket_index

values = st.integers(0, HIGHEST_NS)
samples = st.lists(values | st.integers(0, 5000), min_size=1, max_size=300)
shares = st.floats(0, 1)


def recorded(numbers: list[int]) -> Histogram:
    histogram = Histogram()
    for number in numbers:
        histogram.record(number)
    return histogram


@given(values)
def test_a_bucket_holds_its_value_and_is_at_most_a_thousandth_wide(value: int) -> None:
    low, high = bucket_bounds(bucket_index(value))
    assert low <= value <= high
    assert (high - low) * 1000 <= max(low, 1000)


@given(values)
def test_buckets_follow_each_other_without_a_gap(value: int) -> None:
    index = bucket_index(value)
    assert bucket_bounds(index)[1] + 1 == bucket_bounds(index + 1)[0]
    assert bucket_index(bucket_bounds(index)[1] + 1) == index + 1


@given(samples, st.booleans())
def test_values_that_only_fall_or_rise_are_recorded_by_the_bucket(
    numbers: list[int], falling: bool
) -> None:
    numbers.sort(reverse=falling)
    one_by_one, at_once = recorded(numbers), Histogram()
    at_once.record_monotone(numbers.__getitem__, 0, len(numbers))
    assert list(at_once) == list(one_by_one)
    assert (at_once.min_ns, at_once.max_ns) == (one_by_one.min_ns, one_by_one.max_ns)
    assert abs(at_once.sum_ns - one_by_one.sum_ns) <= one_by_one.sum_ns * 0.001 + len(numbers)


def test_a_million_values_are_recorded_by_a_tenth_of_the_questions() -> None:
    asked: list[int] = []

    def value_at(k: int) -> int:
        asked.append(k)
        return 10_000_000_000 - k * 10_000

    histogram = Histogram()
    histogram.record_monotone(value_at, 0, 1_000_000)
    assert histogram.count == 1_000_000
    assert len(asked) < 100_000


@given(samples, shares)
def test_quantiles_are_those_of_the_sorted_values_to_three_digits(
    numbers: list[int], q: float
) -> None:
    exact = sorted(numbers)[max(1, math.ceil(q * len(numbers) - 1e-6)) - 1]
    assert exact <= recorded(numbers).quantile(q) <= exact * 1.001


@given(samples, st.data())
def test_quantiles_agree_with_hdrhistogram(numbers: list[int], data: st.DataObject) -> None:
    reference = HdrHistogram(1, HIGHEST_NS, 3)
    for number in numbers:
        reference.record_value(number)
    rank = data.draw(st.integers(1, len(numbers)))  # a whole rank: rounding rules then agree
    theirs = reference.get_value_at_percentile(100 * rank / len(numbers))
    ours = recorded(numbers).quantile(rank / len(numbers))
    assert ours == pytest.approx(theirs, rel=0.002, abs=1)


@given(samples)
def test_count_extremes_sum_and_mean_are_exact(numbers: list[int]) -> None:
    histogram = recorded(numbers)
    assert histogram.count == len(numbers)
    assert (histogram.min_ns, histogram.max_ns) == (min(numbers), max(numbers))
    assert histogram.sum_ns == sum(numbers)
    assert histogram.mean_ns == pytest.approx(sum(numbers) / len(numbers))


@given(samples)
def test_the_deviation_is_that_of_the_values_to_three_digits(numbers: list[int]) -> None:
    mean = sum(numbers) / len(numbers)
    exact = math.sqrt(sum((n - mean) ** 2 for n in numbers) / len(numbers))
    assert recorded(numbers).stddev_ns == pytest.approx(exact, rel=0.002, abs=max(numbers) * 0.002)


@given(samples, samples, samples)
def test_merging_is_recording_together_in_any_order(
    one: list[int], two: list[int], three: list[int]
) -> None:
    left, right = recorded(one), recorded(three)
    left.merge(recorded(two))
    left.merge(recorded(three))
    right.merge(recorded(one))
    right.merge(recorded(two))
    assert left == right == recorded(one + two + three)


@given(samples)
def test_json_loses_nothing(numbers: list[int]) -> None:
    histogram = recorded(numbers)
    assert Histogram.from_json(json.loads(json.dumps(histogram.to_json()))) == histogram


@given(samples)
def test_the_coarse_copy_is_within_two_hundredths(numbers: list[int]) -> None:
    coarse = Histogram()
    coarse.merge_coarsely(recorded(numbers))
    exact = sorted(numbers)[(len(numbers) + 1) // 2 - 1]
    assert coarse.count == len(numbers)
    assert coarse.quantile(0.5) == pytest.approx(exact, rel=0.02)


@given(samples, values)
def test_counting_up_to_a_value(numbers: list[int], limit: int) -> None:
    top = bucket_bounds(bucket_index(limit))[1]
    assert recorded(numbers).count_at_most(limit) == sum(n <= top for n in numbers)


def test_an_empty_histogram_has_no_mean_and_quantile_zero() -> None:
    empty = Histogram()
    assert not empty
    assert (empty.count, empty.min_ns, empty.max_ns, empty.quantile(0.99)) == (0, 0, 0, 0)
    assert math.isnan(empty.mean_ns)
    assert math.isnan(empty.stddev_ns)
    assert Histogram.from_json(empty.to_json()) == empty
    empty.merge(recorded([5]))
    assert empty.min_ns == 5


def test_values_outside_the_range_are_kept_at_its_ends() -> None:
    histogram = recorded([-5, 2 * HIGHEST_NS])
    assert histogram.count == 2
    assert histogram.max_ns == 2 * HIGHEST_NS
    assert bucket_bounds(bucket_index(HIGHEST_NS))[1] >= histogram.quantile(1.0) >= HIGHEST_NS
    assert histogram.quantile(0.0) == 0


def test_a_hundred_million_values_need_no_more_memory_than_their_buckets() -> None:
    histogram = recorded([int(1.01**k) for k in range(1, 2900)])
    buckets = len(list(histogram))
    for _ in range(20):
        histogram.merge(histogram.copy())
    assert histogram.count > 10**9
    assert len(list(histogram)) == buckets


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_only_shares_have_quantiles(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        recorded([1]).quantile(q)


def test_another_precision_is_not_read_as_ours() -> None:
    with pytest.raises(ValueError, match="not a histogram"):
        Histogram.from_json({"precision_bits": 7, "counts": []})
