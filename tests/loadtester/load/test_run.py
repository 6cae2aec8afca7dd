"""The front door: observers, stopping, and the loop it runs on."""

import asyncio

import pytest

from loadtester.load import run as front_door
from loadtester.load.observer import Snapshot, StopSignal
from loadtester.load.run import run, run_blocking
from tests.loadtester.load.plans import closed, opened
from tests.loadtester.load.servers import Exchange, serving


@pytest.mark.anyio
async def test_it_runs_on_a_loop_that_is_already_there() -> None:
    with serving() as server:
        result = await run(closed(server.url, requests=20, connections=2))
    assert result.counts.completed == 20


def test_it_runs_without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "new_event_loop", asyncio.new_event_loop)
    with serving() as server:
        result = run_blocking(opened(server.url, "100", ms=300, connections=2))
    assert result.counts.completed == 30


def test_the_observer_sees_the_run_go_by() -> None:
    seen: list[Snapshot] = []
    with serving() as server:
        plan = opened(server.url, "100", ms=1500, connections=4, warmup_ns=500_000_000)
        result = run_blocking(plan, observer=seen.append)
    phases = [snapshot.phase for snapshot in seen]
    assert phases == sorted(phases, key=["warm-up", "load", "drain"].index)
    assert {"warm-up", "load"} <= set(phases)
    load = [snapshot for snapshot in seen if snapshot.phase == "load"]
    assert [s.completed for s in load] == sorted(s.completed for s in load)
    assert load[-1].completed <= result.counts.completed
    progress = [s.progress for s in load]
    assert all(p is not None and 0 <= p <= 1 for p in progress)
    assert all(s.remaining_s is not None and 0 <= s.remaining_s <= 1.5 for s in load)
    assert load[-1].p99_ms >= load[-1].p50_ms > 0
    assert load[-1].rate_rps > 0


async def slowly(exchange: Exchange) -> None:
    await asyncio.sleep(0.5)
    await exchange.respond()


@pytest.mark.parametrize("model", ["closed", "paced", "open"])
def test_stopping_once_drains_and_nothing_is_lost(model: str) -> None:
    stop = StopSignal()

    def watch(snapshot: Snapshot) -> None:
        if snapshot.in_flight and not stop.level:
            stop.request()

    with serving(slowly) as server:
        plan = {
            "closed": closed(server.url, ms=60_000, connections=3),
            "paced": closed(server.url, ms=60_000, connections=3, qps=1),
            "open": opened(server.url, "20", ms=60_000, connections=3),
        }[model]
        result = run_blocking(plan, observer=watch, stop=stop)
    assert result.interrupted
    assert result.counts.check()
    assert result.counts.aborted == result.counts.errors == 0
    assert result.counts.completed == len(server.heads) > 0


@pytest.mark.parametrize("model", ["closed", "paced", "open"])
def test_stopping_twice_reports_now_and_nothing_is_lost(model: str) -> None:
    async def never(exchange: Exchange) -> None:
        await asyncio.sleep(60)

    stop = StopSignal()

    def watch(snapshot: Snapshot) -> None:
        if snapshot.in_flight:
            stop.request()

    with serving(never) as server:
        plan = {
            "closed": closed(server.url, ms=60_000, connections=3),
            "paced": closed(server.url, ms=60_000, connections=3, qps=1),
            "open": opened(server.url, "20", ms=60_000, connections=3),
        }[model]
        result = run_blocking(plan, observer=watch, stop=stop)
    assert result.interrupted
    assert result.counts.check()
    assert result.counts.aborted == len(server.heads) > 0
    assert result.response_time.count == result.counts.aborted + result.counts.unsent
    assert result.wall_ns < 30 * 10**9


def test_a_stop_before_the_start_sends_nothing_more_than_is_in_flight() -> None:
    stop = StopSignal()
    stop.request()
    with serving() as server:
        result = run_blocking(closed(server.url, ms=60_000, connections=2), stop=stop)
    assert result.interrupted
    assert result.counts.completed == len(server.heads) <= 2
