"""The open model: planned times, saturation, and the frozen server."""

import asyncio
import time

import pytest

from loadtester.load import schedules
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.result import RunResult
from loadtester.load.plan import OnSaturation
from loadtester.load.run import run_blocking
from loadtester.load.schedules.base import Schedule
from tests.loadtester.load.plans import MS, opened
from tests.loadtester.load.servers import Exchange, serving


@pytest.mark.parametrize("rate", [100, 1000, 5000])
def test_the_mean_rate_is_the_rate(rate: int) -> None:
    with serving() as server:
        result = run_blocking(opened(server.url, str(rate), ms=1000, connections=32))
    assert result.counts.planned == rate
    assert result.counts.check()
    assert result.planned_rps == pytest.approx(rate, rel=0.002)
    if not result.counts.unsent:  # a starved machine is told, and not called the plan
        assert result.counts.completed == len(server.heads) == rate


@pytest.mark.slow
@pytest.mark.parametrize("policy", list(OnSaturation))
@pytest.mark.parametrize("schedule", ["1000000", "burst:500000/1s", "sine:100000,20000,1s"])
def test_the_end_comes_in_time_however_many_wait(schedule: str, policy: OnSaturation) -> None:
    started_s = time.process_time()
    with serving() as server:
        plan = opened(server.url, schedule, ms=500, connections=2, most=4, policy=policy)
        result = run_blocking(plan)
    run_s = time.process_time() - started_s
    counts, arrivals = result.counts, schedules.parse(schedule)
    planned = arrivals.arrivals_by(500 * MS - 1)
    assert counts.check()
    assert counts.planned == planned
    assert counts.unsent + counts.dropped > planned // 2
    assert result.censored.count == counts.unsent
    assert result.issue_window_ns <= 500 * MS
    assert run_s < 10 * (0.5 + planning_s(arrivals, planned))


def planning_s(arrivals: Schedule, count: int) -> float:
    started_s = time.process_time()
    for i in range(count):
        arrivals.planned_ns(i)
    return time.process_time() - started_s


def test_connections_are_opened_before_the_clock_runs() -> None:
    with serving() as server:
        result = run_blocking(opened(server.url, "200", ms=300, connections=5))
    assert server.connections == 5
    assert result.counts.connections_opened == result.phases.dialup.max_ns == 0
    assert result.phases.dialup.count == result.counts.completed == 60


def test_nothing_leaves_before_its_time() -> None:
    with serving() as server:
        result = run_blocking(opened(server.url, "poisson:500", ms=500, connections=8))
    assert result.lateness.min_ns > 0
    assert result.dispatch_lateness.min_ns > 0


async def slowly(exchange: Exchange) -> None:
    await asyncio.sleep(0.2)
    await exchange.respond()


def test_queue_charges_the_wait_and_tells_who_never_got_a_turn() -> None:
    with serving(slowly) as server:
        result = run_blocking(opened(server.url, "50", ms=1000, connections=2))
    counts = result.counts
    assert counts.check()
    assert counts.planned == 50
    assert counts.unsent > 0
    assert counts.sent == counts.completed == len(server.heads)
    assert counts.max_backlog >= counts.unsent
    assert result.response_time.count == 50
    assert result.censored.count == counts.unsent
    assert result.response_time.quantile(0.5) > result.service_time.quantile(0.5)
    assert result.verdict.limit is Limit.TARGET


def test_drop_counts_what_it_does_not_send() -> None:
    with serving(slowly) as server:
        plan = opened(server.url, "50", ms=1000, connections=2, policy=OnSaturation.DROP)
        result = run_blocking(plan)
    counts = result.counts
    assert counts.check()
    assert counts.planned == 50
    assert counts.dropped == 50 - counts.completed > 0
    assert counts.unsent == counts.max_backlog == 0


def test_grow_opens_what_is_needed_up_to_the_limit() -> None:
    with serving(slowly) as server:
        plan = opened(server.url, "50", ms=1000, connections=2, most=40, policy=OnSaturation.GROW)
        result = run_blocking(plan)
    assert result.counts.completed == result.counts.planned == 50
    assert 8 <= server.connections <= 40


def test_a_number_of_requests_waits_for_its_backlog() -> None:
    with serving(slowly) as server:
        result = run_blocking(opened(server.url, "burst:6/1s", requests=6, connections=3))
    assert result.counts.completed == len(server.heads) == 6
    assert result.counts.max_backlog == 3


def test_a_schedule_that_ends_ends_the_run() -> None:
    with serving() as server:
        plan = opened(server.url, "10..50/500ms,50/200ms", connections=4)
        result = run_blocking(plan)
    assert result.counts.planned == len(server.heads) == 25
    assert result.issue_window_ns == 700_000_000


def frozen_for_a_second(rate: int, connections: int) -> RunResult:
    """A five-second run; the server freezes for one second after the first."""
    thaw: list[float] = []

    async def freezing(exchange: Exchange) -> None:
        if exchange.number == rate:
            thaw.append(time.monotonic() + 1)
        if thaw and time.monotonic() < thaw[0]:
            await asyncio.sleep(thaw[0] - time.monotonic())
        await exchange.respond()

    with serving(freezing) as server:
        return run_blocking(
            opened(server.url, str(rate), requests=5 * rate, connections=connections)
        )


@pytest.mark.slow
def test_a_frozen_server_shows_as_a_triangle_of_response_times() -> None:
    """Who arrives u seconds into the freeze waits 1 - u. So a fifth of all response times is
    spread evenly between 0 and 1 s; the service time shows only the few requests that were on
    the connections at that moment.
    """
    rate, connections = 200, 4
    for _ in range(3):
        result = frozen_for_a_second(rate, connections)
        if result.health.loop_lag_max_ns < 100_000_000:
            break
    else:
        pytest.skip("this machine is too busy: it stalled the generator for 100 ms in every run")
    assert result.counts.completed == 5 * rate
    for within in (0.25, 0.5, 0.75):
        measured_s = result.response_time.quantile(1 - within / 5) / 1e9
        assert measured_s == pytest.approx(1 - within, abs=0.15)
    half = 500_000_000
    slow_service = result.service_time.count - result.service_time.count_at_most(half)
    slow_response = result.response_time.count - result.response_time.count_at_most(half)
    assert slow_service <= connections
    assert slow_response == pytest.approx(rate / 2, rel=0.3)
