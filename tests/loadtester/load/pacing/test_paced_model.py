"""Workers with a rate of their own, as hey's -q."""

import asyncio

from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import Exchange, serving


def test_the_rate_is_per_worker() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, ms=1000, connections=4, qps=25))
    assert result.counts.planned == 100
    assert result.counts.completed == len(server.heads) == 100 - result.counts.dropped
    assert result.counts.check()


def test_workers_take_turns() -> None:
    with serving() as server:
        plan = closed(server.url, ms=1000, connections=4, qps=5, record_cap=100)
        result = run_blocking(plan)
    planned = sorted(r.offset_ns - (r.response_ns - r.service_ns) for r in result.records)
    assert planned == [k * 50_000_000 for k in range(20)]


def test_a_slow_server_makes_ticks_drop_and_the_drops_are_counted() -> None:
    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.25)
        await exchange.respond()

    with serving(slowly) as server:
        result = run_blocking(closed(server.url, ms=1000, connections=1, qps=10))
    counts = result.counts
    assert counts.check()
    assert counts.planned == 10
    assert 3 <= counts.sent <= 5
    assert counts.dropped == 10 - counts.sent
    assert result.response_time.max_ns > result.service_time.max_ns


def test_a_standstill_at_a_high_rate_costs_no_time_of_its_own() -> None:
    async def frozen(exchange: Exchange) -> None:
        await asyncio.sleep(0.5)
        await exchange.respond()

    with serving(frozen) as server:
        result = run_blocking(closed(server.url, ms=600, connections=1, qps=1_000_000))
    assert result.counts.check()
    assert result.counts.planned == 600_000
    assert result.counts.sent <= 3


def test_the_number_of_requests_is_exact_with_a_rate_too() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=7, connections=3, qps=50))
    assert result.counts.completed == len(server.heads) == 7
    assert result.counts.check()
