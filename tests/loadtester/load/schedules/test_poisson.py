import math
import pickle
from fractions import Fraction
from itertools import pairwise

from loadtester.load.schedules.poisson import BLOCK, Poisson


def kolmogorov_distance(gaps: list[int], mean: float) -> float:
    ordered, n = sorted(gaps), len(gaps)
    theory = [1 - math.exp(-gap / mean) for gap in ordered]
    return max(max((k + 1) / n - f, f - k / n) for k, f in enumerate(theory))


def test_gaps_pass_a_kolmogorov_smirnov_test() -> None:
    schedule = Poisson(Fraction(1000), seed=7)
    times = [schedule.planned_ns(i) for i in range(50_000)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    critical = 1.628 / math.sqrt(len(gaps))  # at the 1 % level
    assert kolmogorov_distance(gaps, 1e6) < critical


def test_gaps_of_a_constant_schedule_would_not_pass() -> None:
    assert kolmogorov_distance([10**6] * 1000, 1e6) > 0.3


def test_gaps_do_not_depend_on_the_one_before() -> None:
    schedule = Poisson(Fraction(1000), seed=7)
    times = [schedule.planned_ns(i) for i in range(50_000)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    variance = sum((g - mean) ** 2 for g in gaps)
    lagged = sum((a - mean) * (b - mean) for a, b in pairwise(gaps))
    assert abs(lagged / variance) < 3 / math.sqrt(len(gaps))


def test_the_mean_rate_is_the_rate() -> None:
    n = 400_000
    last = Poisson(Fraction(250), seed=1).planned_ns(n - 1)
    assert abs(n / (last / 1e9) / 250 - 1) < 4 / math.sqrt(n)


def test_any_arrival_is_found_in_any_order_and_any_process() -> None:
    in_order = Poisson(Fraction(30), seed=3)
    times = [in_order.planned_ns(i) for i in range(3 * BLOCK)]
    backwards = Poisson(Fraction(30), seed=3)
    for i in (3 * BLOCK - 1, 2 * BLOCK, BLOCK - 1, 0, BLOCK):
        assert backwards.planned_ns(i) == times[i]
    assert pickle.loads(pickle.dumps(in_order)).planned_ns(BLOCK + 5) == times[BLOCK + 5]


def test_the_seed_decides() -> None:
    one, same, other = (Poisson(Fraction(30), seed=s) for s in (1, 1, 2))
    assert one.planned_ns(10) == same.planned_ns(10) != other.planned_ns(10)
