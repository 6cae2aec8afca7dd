"""Recording on a made-up clock."""

import pytest

from loadtester.load.errors import ErrorClass
from loadtester.load.http1.heads import Response
from loadtester.load.measuring.recorder import BATCH, Recorder, Timed
from loadtester.load.measuring.result import RunResult

S = 1_000_000_000
MS = 1_000_000
OK = Response(200, 10, keep_alive=True)
BUSY = Response(503, 1, keep_alive=True)


def request_at(planned_ns: int, sent_ns: int, **instants: int) -> Timed:
    request = Timed()
    request.planned_ns, request.sent_ns = planned_ns, sent_ns
    request.writing_ns, request.written_ns = sent_ns, sent_ns + 1000
    for name, value in instants.items():
        setattr(request, name, value)
    return request


def test_response_counts_from_the_plan_and_service_from_the_send() -> None:
    recorder = Recorder(is_paced=True)
    recorder.restart(0)
    recorder.request_completed(request_at(10 * MS, 30 * MS), OK, 34 * MS, 35 * MS)
    result = recorder.finish(S)
    assert result.response_time.max_ns == result.response_time.min_ns == 25 * MS
    assert result.service_time.max_ns == 5 * MS
    assert result.lateness.max_ns == 20 * MS
    assert result.phases.write.sum_ns == 1000
    assert result.phases.wait.sum_ns == 4 * MS - 1000
    assert result.phases.read.sum_ns == 1 * MS


def test_without_a_plan_the_two_are_one_and_nothing_is_late() -> None:
    recorder = Recorder(is_paced=False)
    recorder.restart(0)
    recorder.request_completed(request_at(30 * MS, 30 * MS), OK, 35 * MS, 35 * MS)
    result = recorder.finish(S)
    assert result.response_time == result.service_time
    assert result.statuses[200].response_time == result.response_time
    assert not result.lateness


def mixed(recorder: Recorder, seconds: int) -> RunResult:
    """300 responses and 3 failures in each second."""
    recorder.restart(5 * S)
    for second in range(seconds):
        for k in range(303):
            end = 5 * S + second * S + k * MS
            request = request_at(end - 3 * MS, end - 2 * MS)
            if k % 101 == 100:
                recorder.request_failed(request, ErrorClass.RESET, f"reset {k}", end)
            else:
                recorder.request_completed(request, BUSY if k % 7 == 0 else OK, end, end)
    return recorder.finish(5 * S + seconds * S)


@pytest.mark.parametrize("is_paced", [True, False])
def test_every_outcome_is_in_every_total_once(is_paced: bool) -> None:
    result = mixed(Recorder(is_paced=is_paced), 4)
    assert result.counts.completed == 1200
    assert result.counts.errors == 12
    assert result.response_time.count == result.service_time.count == 1212
    assert sum(tally.count for tally in result.statuses.values()) == 1200
    assert result.errors[ErrorClass.RESET].count == 12
    assert result.errors[ErrorClass.RESET].messages == {f"reset {k}": 4 for k in (100, 201, 302)}
    assert [(s.completed, s.errors) for s in result.timeline] == [(300, 3)] * 4
    assert result.phases.write.count == result.phases.dialup.count == 1200
    assert result.bytes_body == sum(slot.bytes for slot in result.timeline)


def test_batches_may_be_incomplete_when_they_are_looked_at() -> None:
    recorder = Recorder(is_paced=True)
    recorder.restart(0)
    for k in range(BATCH + 5):
        recorder.request_completed(request_at(k, k), OK, k + MS, k + MS)
    assert recorder.recent_headline().count == BATCH + 5
    assert recorder.finish(S).response_time.count == BATCH + 5


def test_what_the_end_cut_off_is_censored_at_its_age() -> None:
    recorder = Recorder(is_paced=True)
    recorder.restart(0)
    recorder.request_aborted(request_at(100 * MS, 300 * MS), S)
    recorder.arrivals_unsent([400 * MS], S)
    result = recorder.finish(S)
    assert (result.counts.aborted, result.counts.unsent) == (1, 1)
    assert result.response_time.count == result.censored.count == 2
    assert (result.response_time.min_ns, result.response_time.max_ns) == (600 * MS, 900 * MS)
    assert result.service_time.count == 1


def test_many_unsent_are_those_that_one_by_one_would_be() -> None:
    one_by_one, at_once = Recorder(is_paced=True), Recorder(is_paced=True)
    for recorder in (one_by_one, at_once):
        recorder.restart(0)
    one_by_one.arrivals_unsent([k * MS // 7 for k in range(5, 7000)], S)
    at_once.many_unsent(lambda k: k * MS // 7, 5, 7000, S)
    one, many = one_by_one.finish(S), at_once.finish(S)
    assert one.counts.unsent == many.counts.unsent == 6995
    for q in (0, 0.01, 0.5, 0.99, 1):
        assert one.response_time.quantile(q) == many.response_time.quantile(q)
    assert one.censored.count == many.censored.count == 6995


def test_restarting_forgets() -> None:
    recorder = Recorder(is_paced=True, record_cap=10)
    mixed(recorder, 1)
    recorder.restart(0)
    result = recorder.finish(1)
    assert result.response_time.count == result.counts.completed == len(result.records) == 0
    assert not result.errors


def test_raw_records_are_those_of_the_responses() -> None:
    recorder = Recorder(is_paced=True, record_cap=10)
    recorder.restart(0)
    request = request_at(1 * MS, 2 * MS, dialup_ns=300, dns_ns=100, writing_ns=2 * MS + 300)
    request.written_ns = request.writing_ns + 7
    recorder.request_completed(request, BUSY, 4 * MS, 5 * MS)
    [record] = recorder.finish(S).records
    assert record == (2 * MS, 4 * MS, 3 * MS, 300, 100, 7, 4 * MS - request.written_ns, MS, 503)


def test_a_second_counts_its_server_errors_among_the_responses() -> None:
    recorder = Recorder(is_paced=False)
    recorder.restart(0)
    for number, response in enumerate((OK, BUSY, OK, BUSY, BUSY)):
        recorder.request_completed(request_at(0, number * MS), response, 7 * MS, 8 * MS)
    recorder.request_completed(request_at(S, S), OK, S + MS, S + 2 * MS)
    slots = list(recorder.finish(2 * S).timeline)
    assert [(slot.completed, slot.server_errors) for slot in slots] == [(5, 3), (1, 0)]
