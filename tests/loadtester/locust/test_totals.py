import pytest

from loadtester.locust.totals import judge, quantile_s, read_thresholds
from loadtester.thresholds.errors import ThresholdError

TOTALS = {
    "requests": 100,
    "failures": 2,
    "duration_s": 10.0,
    "sum_ms": 1500.0,
    "min_ms": 5.0,
    "max_ms": 900.0,
    "times_ms": {"5": 50, "20": 49, "900": 1},
}
EMPTY = {**TOTALS, "requests": 0, "failures": 0, "duration_s": 0.0, "sum_ms": 0.0, "times_ms": {}}


@pytest.mark.parametrize(
    ("quantile", "seconds"), [(0, 0.005), (0.5, 0.005), (0.51, 0.02), (0.99, 0.02), (1, 0.9)]
)
def test_quantiles_are_nearest_rank(quantile: float, seconds: float) -> None:
    assert quantile_s(TOTALS, quantile) == seconds


@pytest.mark.parametrize(
    ("text", "ok", "actual"),
    [
        ("p99<=20ms", True, "20ms"),
        ("p99.9<20ms", False, "900ms"),
        ("max<1s", True, "900ms"),
        ("min<1ms", False, "5ms"),
        ("avg<=15ms", True, "15ms"),
        ("error_rate<1%", False, "2%"),
        ("success_rate>=98%", True, "98%"),
        ("errors==2", True, "2"),
        ("requests>=100", True, "100"),
        ("rate>=10", True, "10"),
    ],
)
def test_judging(text: str, ok: bool, actual: str) -> None:
    (judged,) = judge(read_thresholds([text]), TOTALS)
    assert (judged["ok"], judged["actual"]) == (ok, actual)


@pytest.mark.parametrize("text", ["p99<1s", "error_rate<1%", "avg<1s", "rate>0"])
def test_no_samples_is_not_ok(text: str) -> None:
    (judged,) = judge(read_thresholds([text]), EMPTY)
    assert (judged["ok"], judged["actual"]) == (False, "no samples")


@pytest.mark.parametrize("text", ["p99", "p101<1s", "latency<1s", "p99<5", "requests<1s", "px<1s"])
def test_what_is_no_threshold(text: str) -> None:
    with pytest.raises(ThresholdError):
        read_thresholds([text])
