"""Hand-made runs, without any load behind them."""

from collections.abc import Mapping, Sequence

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.records import RawRecords, Record
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.tallies import ErrorTally, StatusTally

MS = 1_000_000
SECOND = 1_000_000_000


def made_run(
    responses: Mapping[int, Sequence[float]],
    errors: Mapping[ErrorClass, Sequence[tuple[float, str]]] | None = None,
    *,
    model: str = "closed",
    wait_ms: float = 0.0,
    body_bytes: int = 12,
    wall_s: float = 2.0,
) -> RunResult:
    """A run with these service times in milliseconds by status, and these errors by class.

    Every request waited `wait_ms` for its connection. The first response opened one in 1 ms.
    """
    result = RunResult(
        plan={"pacing": {"model": model, "connections": 2, "schedule": "constant:100"},
              "request": {"url": "http://127.0.0.1:8080/ping", "method": "GET"}}
    )  # fmt: skip
    result.wall_ns = round(wall_s * SECOND)
    result.issue_window_ns = result.wall_ns
    result.records = RawRecords(1000)
    for status, times_ms in responses.items():
        for time_ms in times_ms:
            _response(result, status, round(time_ms * MS), round(wait_ms * MS), body_bytes)
    for error, failures in (errors or {}).items():
        for time_ms, message in failures:
            _error(result, error, round(time_ms * MS), message)
    result.counts.sent = result.counts.planned = result.counts.completed + result.counts.errors
    return result


def _response(result: RunResult, status: int, service: int, wait: int, body: int) -> None:
    tally = result.statuses.setdefault(status, StatusTally())
    for histogram in (tally.service_time, result.service_time):
        histogram.record(service)
    for histogram in (tally.response_time, result.response_time):
        histogram.record(wait + service)
    if result.plan["pacing"]["model"] == "open":
        result.lateness.record(wait)
    dialup = MS if result.counts.completed == 0 else 0
    result.phases.dialup.add(dialup)
    result.phases.dns.add(0)
    result.phases.write.add(20_000)
    result.phases.wait.add(service - 30_000)
    result.phases.read.add(10_000)
    offset = 5 * MS * result.counts.completed
    row = (offset, wait + service, service, dialup, 0, 20_000, service - 30_000, 10_000, status)
    result.records.append(Record(*row))
    slot = result.timeline.slot(offset + wait + service)
    slot.completed += 1
    slot.bytes += body
    slot.response_time.record(wait + service)
    result.bytes_body += body
    result.counts.completed += 1


def _error(result: RunResult, error: ErrorClass, response: int, message: str) -> None:
    result.errors.setdefault(error, ErrorTally()).add(response, message)
    result.response_time.record(response)
    result.service_time.record(response)
    slot = result.timeline.slot(response)
    slot.errors += 1
    slot.response_time.record(response)
    result.counts.errors += 1
