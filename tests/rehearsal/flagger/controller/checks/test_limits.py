"""Values that are no ordinary numbers, in Go's words (fmt's %.2f, time.Duration's String)."""

import math

import pytest

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.providers import queries_of
from tests.rehearsal.specs import duration, success_rate

CUSTOM = Metric.model_validate({"name": "x", "thresholdRange": {"min": -1, "max": 1}})
RATE = Metric.model_validate(success_rate(99))
DURATION = Metric.model_validate(duration(500))


@pytest.mark.parametrize(
    ("value", "custom", "rate"),
    [
        (math.inf, "x +Inf > 1", None),
        (-math.inf, "x -Inf < -1", "success rate -Inf% < 99%"),
        (math.nan, None, None),
        (-0.0, None, "success rate -0.00% < 99%"),
        (5e-324, None, "success rate 0.00% < 99%"),
    ],
)
def test_infinities_and_their_kind(value: float, custom: str | None, rate: str | None) -> None:
    assert limits.custom(CUSTOM, value) == custom
    assert limits.success_rate(RATE, value) == rate


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e300, -1e300])
@pytest.mark.parametrize("provider", ["istio", "linkerd", "appmesh:v1beta2", "nginx"])
def test_a_duration_that_no_integer_holds_is_what_gos_conversion_makes_of_it(
    provider: str, value: float
) -> None:
    """On amd64 it becomes the least integer, whose product with a million wraps around to 0."""
    duration_ns = queries_of(provider).duration_ns(value)
    assert duration_ns == 0
    assert limits.duration(DURATION, duration_ns) is None


def test_a_limit_that_no_integer_holds_is_zero_too() -> None:
    for limit in (math.inf, 1e300):
        metric = Metric.model_validate(duration(500))
        threshold = metric.threshold_range
        assert threshold is not None
        metric = metric.model_copy(
            update={"threshold_range": threshold.model_copy(update={"max_": limit})}
        )
        assert limits.duration(metric, 1_000_000) == "request duration 1ms > 0s"
