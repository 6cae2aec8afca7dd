"""The distributions are quantile functions: their shape is tested without chance."""

import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.dice import FIRST, draw
from detail_service.faults.kinds import FAULT
from detail_service.faults.kinds.delay import Delay

SOME: list[dict[str, object]] = [
    {"distribution": "fixed", "delay": "80ms"},
    {"distribution": "uniform", "min": "10ms", "max": "30ms"},
    {"distribution": "normal", "mean": "100ms", "stddev": "20ms"},
    {"distribution": "lognormal", "p50": "80ms", "p99": "400ms"},
    {"distribution": "pareto", "scale": "50ms", "shape": 1.5},
]
BELOW_1 = 1 - 2.0**-53


def delay(**fields: object) -> Delay:
    spec = FAULT.validate_python({"kind": "delay", **fields})
    assert isinstance(spec, Delay)
    return spec


@pytest.mark.parametrize("fields", SOME, ids=lambda fields: str(fields["distribution"]))
@given(st.lists(st.floats(0, BELOW_1), min_size=2, max_size=10))
def test_a_quantile_function_rises_and_is_never_negative(
    fields: dict[str, object], draws: list[float]
) -> None:
    spec = delay(**fields)
    seconds = [spec.quantile_s(one) for one in sorted(draws)]

    assert all(0 <= early <= late for early, late in pairwise(seconds))


def test_fixed_is_fixed() -> None:
    assert {delay(**SOME[0]).quantile_s(one) for one in (0, 0.5, BELOW_1)} == {0.08}


def test_uniform_spans_its_bounds() -> None:
    spec = delay(**SOME[1])

    assert [spec.quantile_s(one) for one in (0, 0.5, BELOW_1)] == pytest.approx([0.01, 0.02, 0.03])


def test_uniform_with_equal_bounds_is_fixed() -> None:
    assert delay(distribution="uniform", min="5ms", max="5ms").quantile_s(0.7) == 0.005


def test_normal_has_its_quantiles_and_no_negative_tail() -> None:
    spec = delay(**SOME[2])

    assert spec.quantile_s(0.5) == pytest.approx(0.1)
    assert spec.quantile_s(0.841345) == pytest.approx(0.12, rel=1e-4)
    assert delay(distribution="normal", mean="1ms", stddev="1s").quantile_s(0.1) == 0


def test_lognormal_keeps_the_quantiles_it_was_given() -> None:
    spec = delay(**SOME[3])

    assert spec.quantile_s(0.5) == pytest.approx(0.08)
    assert spec.quantile_s(0.99) == pytest.approx(0.4)


def test_lognormal_with_equal_quantiles_is_fixed() -> None:
    spec = delay(distribution="lognormal", p50="5ms", p99="5ms")

    assert spec.quantile_s(0.001) == spec.quantile_s(0.999) == 0.005


def test_pareto_starts_at_its_scale_and_has_its_median() -> None:
    spec = delay(**SOME[4])

    assert spec.quantile_s(0) == pytest.approx(0.05)
    assert spec.quantile_s(0.5) == pytest.approx(0.05 * 2 ** (1 / 1.5))
    assert spec.quantile_s(BELOW_1) < float("inf")


@pytest.mark.parametrize("seed", [0, 7, 42])
def test_dice_and_quantiles_together_give_the_wanted_percentiles(seed: int) -> None:
    spec = delay(**SOME[3])
    seconds = sorted(spec.quantile_s(draw(seed, counter, FIRST)) for counter in range(20_000))

    assert statistics.median(seconds) == pytest.approx(0.08, rel=0.05)
    assert seconds[19_800] == pytest.approx(0.4, rel=0.1)
