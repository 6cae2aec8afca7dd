"""The closed model against real sockets: counts and order, never absolute times."""

import asyncio
from time import monotonic_ns
from typing import Any

import pytest

from loadtester.load.measuring.recorder import Recorder
from loadtester.load.pacing.closed_model import ClosedDriver
from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed, interpreted_only
from tests.loadtester.load.servers import Exchange, serving


@pytest.mark.parametrize(("requests", "connections"), [(5, 2), (200, 150), (1, 1), (97, 8)])
def test_the_number_of_requests_is_exact(requests: int, connections: int) -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=requests, connections=connections))
    assert len(server.heads) == requests
    assert result.counts.completed == result.counts.planned == requests
    assert result.counts.check()
    assert result.statuses[200].count == result.service_time.count == requests
    assert result.response_time == result.service_time
    assert server.connections == min(requests, connections)


def test_a_duration_ends_it_and_what_is_in_flight_is_waited_for() -> None:
    async def slowly(exchange: Exchange) -> None:
        await asyncio.sleep(0.3)
        await exchange.respond()

    with serving(slowly) as server:
        result = run_blocking(closed(server.url, ms=700, connections=3))
    assert result.counts.completed == len(server.heads) > 3
    assert result.counts.check()
    assert result.issue_window_ns == 700_000_000 < result.wall_ns


def test_every_response_is_told_by_its_status() -> None:
    async def by_turns(exchange: Exchange) -> None:
        status = b"200 OK" if exchange.number % 3 else b"503 Busy"
        await exchange.respond(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)

    with serving(by_turns) as server:
        result = run_blocking(closed(server.url, requests=300, connections=4))
    assert {status: tally.count for status, tally in result.statuses.items()} == {
        200: 200,
        503: 100,
    }
    assert result.error_rate == 0


def test_bytes_are_counted_in_both_directions() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=10, connections=2))
    assert result.bytes_written == sum(map(len, server.heads))
    assert result.bytes_read == 10 * len(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert result.bytes_body == 20


def test_phases_and_raw_records_agree_with_the_histograms() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=50, connections=2, record_cap=20))
    phases = result.phases
    counted = (phases.dialup, phases.dns, phases.write, phases.wait, phases.read)
    assert [phase.count for phase in counted] == [50] * 5
    assert phases.dialup.max_ns > phases.dialup.min_ns == 0
    records = list(result.records)
    assert len(records) == 20
    assert result.records.forgotten == 30
    ends = [record.offset_ns + record.service_ns for record in records]
    assert ends == sorted(ends)
    for record in records:
        assert record.status == 200
        assert record.write_ns + record.wait_ns + record.read_ns <= record.service_ns
        assert result.service_time.min_ns <= record.service_ns <= result.service_time.max_ns


def test_the_timeline_holds_every_response() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, ms=1200, connections=2))
    assert sum(slot.completed for slot in result.timeline) == result.counts.completed
    assert len(result.timeline) >= 2
    assert sum(slot.response_time.count for slot in result.timeline) == result.counts.completed


@interpreted_only
@pytest.mark.anyio
async def test_the_end_of_the_warm_up_is_not_the_end_of_the_run() -> None:
    """The warm-up may be over before its timer goes off, which then must not end the run."""

    class Sleeping:
        busy = False

        def start(self, planned_ns: int | None = None) -> None:
            self.busy = True

    worker: Any = Sleeping()
    driver = ClosedDriver(Recorder(is_paced=False), lambda dispatcher: worker, 1)
    start_ns = monotonic_ns()
    driver.begin(start_ns, 30_000_000, None)
    driver.worker_free(worker, start_ns + 30_000_000)
    assert driver.over.done()
    driver.begin(monotonic_ns(), None, 10)
    while monotonic_ns() < start_ns + 60_000_000:
        await asyncio.sleep(0.005)
    assert driver.issuing
    driver.close()


def test_the_warm_up_is_not_recorded_and_its_connections_are_kept() -> None:
    with serving() as server:
        plan = closed(server.url, requests=10, connections=2, warmup_ns=800_000_000)
        result = run_blocking(plan)
    assert result.counts.completed == result.service_time.count == 10
    assert len(server.heads) > 10
    assert server.connections == 2
    assert result.phases.dialup.max_ns == 0
    assert result.counts.connections_opened == 0
