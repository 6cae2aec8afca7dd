import pytest

from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.latency import find
from tests.loadtester.report.runs import made_run

TIMES_MS = [float(time) for time in range(1, 101)]


def seconds(name: str, model: str = "closed") -> float | None:
    measure = find(name)
    assert measure is not None
    return measure.read(made_run({200: TIMES_MS}, model=model, wait_ms=1000), Unit.SECONDS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("min", 0.001), ("p50", 0.050), ("median", 0.050), ("p99", 0.099), ("p99.9", 0.100),
     ("p100", 0.100), ("max", 0.100), ("avg", 0.0505), ("mean", 0.0505)],
)  # fmt: skip
def test_each_statistic_is_read(name: str, expected: float) -> None:
    assert seconds(name) == pytest.approx(expected, rel=0.002)


def test_the_open_model_counts_from_the_planned_moment() -> None:
    assert seconds("p50", "closed") == pytest.approx(0.050, rel=0.002)
    assert seconds("p50", "open") == pytest.approx(1.050, rel=0.002)


def test_a_prefix_says_which_time_is_meant() -> None:
    assert seconds("response:max", "closed") == pytest.approx(1.1, rel=0.002)
    assert seconds("service:max", "open") == pytest.approx(0.1, rel=0.002)
    assert seconds("lateness:max", "open") == pytest.approx(1.0, rel=0.002)
    assert seconds("lateness:max", "closed") is None


@pytest.mark.parametrize("name", ["p101", "p", "fastest", "other:p99", "status:200"])
def test_other_names_are_not_latencies(name: str) -> None:
    assert find(name) is None
