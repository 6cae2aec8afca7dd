import pytest

from loadtester.load.errors import OWN_LIMITS, ErrorClass
from loadtester.load.measuring.health import Health, Limit, judge
from loadtester.load.measuring.histogram import Histogram

MS = 1_000_000
IDLE = Health(cpu_s=1, wall_s=10)
BUSY = Health(cpu_s=9.8, wall_s=10)
STARVED = Health(cpu_s=1, wall_s=10, loop_lag_p99_ns=400 * MS)


def lateness(*values_ms: int) -> Histogram:
    histogram = Histogram()
    for value in values_ms:
        histogram.record(value * MS)
    return histogram


@pytest.mark.parametrize(
    ("shortfall", "late_ms", "health", "limit"),
    [
        (0, 0, IDLE, Limit.OK),
        (0, 0, BUSY, Limit.OK),
        (0, 0, STARVED, Limit.OK),
        (0.2, 0, IDLE, Limit.TARGET),
        (0.2, 0, BUSY, Limit.GENERATOR),
        (0.2, 0, STARVED, Limit.GENERATOR),
        (0, 50, IDLE, Limit.GENERATOR),
        (0.2, 50, IDLE, Limit.GENERATOR),
    ],
)
def test_who_limits_a_paced_run(
    shortfall: float, late_ms: int, health: Health, limit: Limit
) -> None:
    verdict = judge(is_paced=True, shortfall=shortfall, lateness=lateness(late_ms), health=health)
    assert verdict.limit is limit
    assert verdict.reason


@pytest.mark.parametrize(
    ("health", "limit"),
    [(IDLE, Limit.TARGET), (BUSY, Limit.GENERATOR), (STARVED, Limit.GENERATOR)],
)
def test_who_limits_an_unpaced_run(health: Health, limit: Limit) -> None:
    assert judge(is_paced=False, shortfall=0, lateness=lateness(), health=health).limit is limit


@pytest.mark.parametrize("is_paced", [True, False])
@pytest.mark.parametrize("error", sorted(OWN_LIMITS))
def test_failures_by_our_own_limits_are_not_the_targets(error: ErrorClass, is_paced: bool) -> None:
    """Running out of ports is no property of who is asked (k6#2006)."""
    verdict = judge(
        is_paced=is_paced, shortfall=0, lateness=lateness(0), health=IDLE, own_failures={error: 7}
    )
    assert verdict.limit is Limit.GENERATOR
    assert f"{error}: 7" in verdict.reason


def test_several_processes_have_several_cores() -> None:
    health = Health(cpu_s=9, wall_s=10, loop_lag_p99_ns=5)
    health.merge(Health(cpu_s=1, wall_s=10, loop_lag_p99_ns=7))
    assert health.busy_share == 0.5
    assert health.loop_lag_p99_ns == 7
