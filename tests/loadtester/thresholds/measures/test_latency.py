import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Missing
from loadtester.thresholds.measures.latency import find
from tests.loadtester.report.runs import SECOND, made_run

TIMES_MS = [float(time) for time in range(1, 101)]


def seconds(name: str, model: str = "closed") -> float | Missing:
    return value_of(name, made_run({200: TIMES_MS}, model=model, wait_ms=1000))


def value_of(name: str, run: RunResult) -> float | Missing:
    measure = find(name)
    assert measure is not None
    return measure.read(run, Unit.SECONDS)


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
    assert seconds("lateness:max", "closed") == Missing("no samples")


def failing(responses: int, failures: int, error: ErrorClass = ErrorClass.RESET) -> RunResult:
    """Responses of 10 ms and failures of 0.1 ms."""
    return made_run({200: [10.0] * responses}, {error: [(0.1, "reset")] * failures})


@pytest.mark.parametrize("error", [ErrorClass.REFUSED, ErrorClass.DNS, ErrorClass.RESET])
@pytest.mark.parametrize("name", ["min", "p1", "p50", "p99", "max", "avg", "service:p50"])
def test_without_one_response_there_is_no_latency(name: str, error: ErrorClass) -> None:
    """However quickly the failures came (locust#1363)."""
    assert value_of(name, failing(0, 100, error)) == Missing("no response")


@pytest.mark.parametrize(
    ("name", "failures", "hidden"),
    [
        ("p90", 10, True),
        ("p90", 11, False),
        ("p90", 90, False),
        ("p99", 1, True),
        ("p99", 2, False),
        ("p50", 50, True),
        ("p50", 51, False),
        ("max", 1, False),
        ("min", 99, True),
        ("response:p90", 11, False),
    ],
)
def test_a_quantile_hides_as_many_failures_as_lie_above_it(
    name: str, failures: int, hidden: bool
) -> None:
    value = value_of(name, failing(100 - failures, failures))
    if hidden:
        assert value == pytest.approx(0.010, rel=0.002)
    else:
        assert value == Missing(f"no response to {failures}% of the requests")


@given(st.integers(1, 200), st.integers(0, 200), st.integers(1, 100))
def test_failing_never_improves_a_quantile(responses: int, failures: int, percent: int) -> None:
    name, times = f"p{percent}", [float(k) for k in range(1, responses + 1)]
    without = value_of(name, made_run({200: times}))
    with_failures = value_of(
        name, made_run({200: times}, {ErrorClass.REFUSED: [(0.01, "refused")] * failures})
    )
    assert isinstance(without, float)
    assert isinstance(with_failures, Missing) or with_failures >= without


def test_quick_failures_do_not_improve_the_mean() -> None:
    assert value_of("avg", failing(50, 50)) == pytest.approx(0.010)
    slow = made_run({200: [10.0]}, {ErrorClass.READ_TIMEOUT: [(1000.0, "timeout")]})
    assert value_of("avg", slow) == pytest.approx(0.505)


def test_requests_cut_off_count_at_their_age() -> None:
    run = made_run({200: [10.0] * 50})
    for _ in range(50):
        run.censored.record(5 * SECOND)
        run.censored_service.record(5 * SECOND)
    assert value_of("p99", run) == pytest.approx(5.0, rel=0.002)


@pytest.mark.parametrize(
    "name", ["p101", "p", "fastest", "other:p99", "status:200", "p1e9", "p" + "9" * 999]
)
def test_other_names_are_not_latencies(name: str) -> None:
    assert find(name) is None
