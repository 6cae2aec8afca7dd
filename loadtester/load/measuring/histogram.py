"""A log-linear histogram of durations: three significant digits in constant memory.

The idea is Gil Tene's HdrHistogram. A value of b bits keeps its leading PRECISION bits and
forgets the rest, so buckets double in width with every power of two while their relative
width never exceeds 2**-(PRECISION - 1), about 0.1 %. Finding the bucket is a shift and an
addition; there are no logarithms and no floats, so two processes always agree on it and a
merge is the addition of counts: lossless, commutative, associative.

    value (ns)        shift   bucket width   indices
    0 .. 2047           0        1 ns          0 .. 2047
    2048 .. 4095        1        2 ns       2048 .. 3071
    4096 .. 8191        2        4 ns       3072 .. 4095
    ...
    1 h                31        2.1 s      33 791 in all

Counts live in a dict, for latencies visit only a few thousand of those buckets. Minimum,
maximum and sum are kept exactly, beside the buckets.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

from commons.units import NS_PER_S, S_PER_HOUR

PRECISION_BITS: Final = 11
HIGHEST_NS: Final = S_PER_HOUR * NS_PER_S
"""Values above one hour are counted in the bucket of one hour; `max_ns` keeps them exact."""

COARSE_BITS: Final = 7
"""Of timelines: a relative width of less than 2 %."""

_HALF_BITS: Final = PRECISION_BITS - 1
_NOTHING_YET: Final = 1 << 61
_RANK_SLACK: Final = 1e-6
"""0.07 * 100 is a little more than 7 in floating point, and still means rank 7."""


def bucket_index(value_ns: int) -> int:
    """The bucket of a value in 0..HIGHEST_NS."""
    shift = value_ns.bit_length() - PRECISION_BITS
    return (shift << _HALF_BITS) + (value_ns >> shift) if shift > 0 else value_ns


def bucket_bounds(index: int) -> tuple[int, int]:
    """The lowest and the highest value in nanoseconds, both inclusive, of a bucket."""
    shift = (index >> _HALF_BITS) - 1
    if shift <= 0:
        return index, index
    low = (index - (shift << _HALF_BITS)) << shift
    return low, low + (1 << shift) - 1


def _count_buckets(counts: dict[int, int], values_ns: list[int]) -> None:
    """Add one in the bucket of each value, all in 0..HIGHEST_NS."""
    for value_ns in values_ns:
        shift = value_ns.bit_length() - 11
        index = (shift << 10) + (value_ns >> shift) if shift > 0 else value_ns
        counts[index] = counts.get(index, 0) + 1


try:
    from loadtester.load.measuring._buckets import count_buckets
except ImportError:
    count_buckets = _count_buckets


_LAST_INDEX: Final = bucket_index(HIGHEST_NS)


def _clamped_index(value_ns: int) -> int:
    return bucket_index(max(0, min(value_ns, HIGHEST_NS)))


def rank_of(q: float, count: int) -> int:
    """Which of `count` values, sorted, from 1, a share q (0..1) of them does not exceed."""
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is asked for a share between 0 and 1, not {q}")
    return max(1, math.ceil(q * count - _RANK_SLACK))


class Histogram:
    """Counts of durations in integer nanoseconds, each exact to three significant digits."""

    __slots__ = ("_counts", "_max", "_min", "_sum")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._min = _NOTHING_YET
        self._max = 0
        self._sum = 0

    def record(self, value_ns: int) -> None:
        """Count one value; a negative one counts as 0."""
        if value_ns < 0:
            value_ns = 0
        if value_ns < self._min:
            self._min = value_ns
        if value_ns > self._max:
            self._max = value_ns
        self._sum += value_ns
        if value_ns > HIGHEST_NS:
            value_ns = HIGHEST_NS
        index, counts = bucket_index(value_ns), self._counts
        counts[index] = counts.get(index, 0) + 1

    def record_all(self, values_ns: list[int]) -> None:
        """As `record` of each, in a third of the time: sums and extremes are taken in C."""
        low, high = min(values_ns), max(values_ns)
        if low < 0 or high > HIGHEST_NS:
            for value_ns in values_ns:
                self.record(value_ns)
            return
        if low < self._min:
            self._min = low
        if high > self._max:
            self._max = high
        self._sum += sum(values_ns)
        count_buckets(self._counts, values_ns)

    def record_monotone(self, value_at: Callable[[int], int], first: int, last: int) -> None:
        """As `record(value_at(k))` for each k from `first` to before `last`.

        The values must only rise or only fall. Only a few per bucket are asked for; the sum takes
        those of a bucket to be evenly spread, and is then off by at most a bucket's width each.
        """
        if first >= last:
            return
        spans = [(first, value_at(first), last - 1, value_at(last - 1))]
        while spans:
            low, low_ns, high, high_ns = spans.pop()
            if _clamped_index(low_ns) == _clamped_index(high_ns):
                self._record_span(low_ns, high_ns, high - low + 1)
            elif high - low == 1:
                self.record(low_ns)
                self.record(high_ns)
            else:
                middle = (low + high) // 2
                spans.append((low, low_ns, middle, value_at(middle)))
                spans.append((middle + 1, value_at(middle + 1), high, high_ns))

    def _record_span(self, one_ns: int, other_ns: int, count: int) -> None:
        one_ns, other_ns = max(0, one_ns), max(0, other_ns)
        index, counts = _clamped_index(one_ns), self._counts
        counts[index] = counts.get(index, 0) + count
        self._min = min(self._min, one_ns, other_ns)
        self._max = max(self._max, one_ns, other_ns)
        self._sum += (one_ns + other_ns) * count // 2

    def merge(self, other: "Histogram") -> None:
        """Add everything `other` counted, losing nothing."""
        counts = self._counts
        for index, count in other._counts.items():
            counts[index] = counts.get(index, 0) + count
        self._min = min(self._min, other._min)
        self._max = max(self._max, other._max)
        self._sum += other._sum

    def merge_coarsely(self, other: "Histogram") -> None:
        """As `merge`, but with COARSE_BITS of precision: fewer buckets, for long timelines."""
        counts = self._counts
        for (low, _), count in other:
            shift = max(0, low.bit_length() - COARSE_BITS)
            index = bucket_index(low >> shift << shift)
            counts[index] = counts.get(index, 0) + count
        self._min = min(self._min, other._min)
        self._max = max(self._max, other._max)
        self._sum += other._sum

    def copy(self) -> "Histogram":
        """An independent histogram with the same counts."""
        twin = Histogram()
        twin.merge(self)
        return twin

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return sum(self._counts.values())

    @property
    def min_ns(self) -> int:
        """The smallest value, exact; 0 when empty."""
        return self._min if self._counts else 0

    @property
    def max_ns(self) -> int:
        """The largest value, exact; 0 when empty."""
        return self._max

    @property
    def sum_ns(self) -> int:
        """The sum of all values, exact."""
        return self._sum

    @property
    def mean_ns(self) -> float:
        """The arithmetic mean, exact; NaN when empty."""
        return self._sum / self.count if self._counts else math.nan

    @property
    def stddev_ns(self) -> float:
        """The population's standard deviation, from bucket middles; NaN when empty."""
        if not self._counts:
            return math.nan
        mean = self.mean_ns
        total = sum(((low + high) / 2 - mean) ** 2 * n for (low, high), n in self)
        return math.sqrt(total / self.count)

    def quantile(self, q: float) -> int:
        """The value in nanoseconds that a share q (0..1) of all values does not exceed.

        Nearest rank: the ceil(q * count)-th smallest value; see `at_rank`. 0 when empty.
        """
        return self.at_rank(rank_of(q, self.count))

    def at_rank(self, rank: int) -> int:
        """The rank-th smallest value, from 1; 0 when there are fewer.

        It is told as the highest value of its bucket, but never beyond the exact maximum.
        """
        seen = 0
        for index in sorted(self._counts):
            seen += self._counts[index]
            if seen >= rank:
                return max(self._min, min(bucket_bounds(index)[1], self._max))
        return 0

    def quantiles(self, qs: tuple[float, ...]) -> tuple[int, ...]:
        """`quantile` of each q."""
        return tuple(self.quantile(q) for q in qs)

    def count_at_most(self, value_ns: int) -> int:
        """How many values lie in the bucket of `value_ns` or below it."""
        limit = bucket_index(max(0, min(value_ns, HIGHEST_NS)))
        return sum(count for index, count in self._counts.items() if index <= limit)

    def __iter__(self) -> Iterator[tuple[tuple[int, int], int]]:
        """((lowest, highest), count) of every bucket that is not empty, ascending."""
        for index in sorted(self._counts):
            yield bucket_bounds(index), self._counts[index]

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Histogram.from_json, (self.to_json(),)

    def to_json(self) -> dict[str, Any]:
        """Plain values, sparse and lossless: [gap to the previous index, count] pairs."""
        pairs: list[int] = []
        previous = 0
        for index in sorted(self._counts):
            pairs += (index - previous, self._counts[index])
            previous = index
        return {
            "precision_bits": PRECISION_BITS,
            "min_ns": self.min_ns,
            "max_ns": self._max,
            "sum_ns": self._sum,
            "counts": pairs,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The inverse of `to_json`; ValueError when it is something else."""
        if value.get("precision_bits") != PRECISION_BITS:
            raise ValueError(f"not a histogram of {PRECISION_BITS} bits: {str(value)[:60]}")
        histogram, pairs, index = cls(), value["counts"], 0
        for gap, count in zip(pairs[::2], pairs[1::2], strict=True):
            index += gap
            if index > _LAST_INDEX:
                raise ValueError("a bucket beyond the highest value")
            histogram._counts[index] = count
        if pairs:
            histogram._min = value["min_ns"]
        histogram._max = value["max_ns"]
        histogram._sum = value["sum_ns"]
        return histogram
