import copy
import json
import math
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.measuring.result import ResultFormatError, RunResult
from loadtester.load.measuring.result_json import decode_result, encode_result
from loadtester.load.plan import LoadPlan, RequestSpec
from loadtester.report.base import Report
from loadtester.report.registry import REPORTS
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.load.measuring.test_recorder import OK, mixed, request_at


def sample(seconds: int = 2) -> RunResult:
    result = mixed(Recorder(is_paced=True, record_cap=100), seconds)
    result.plan = {"request": {"url": "http://detail/"}}
    result.counts.sent = result.counts.planned = 303 * seconds
    result.issue_window_ns = seconds * 10**9
    return result


def test_json_loses_nothing() -> None:
    result = sample()
    again = decode_result(json.loads(json.dumps(encode_result(result))))
    assert encode_result(again) == encode_result(result)
    assert again.counts == result.counts
    assert again.errors[ErrorClass.RESET].messages == result.errors[ErrorClass.RESET].messages
    assert [s.completed for s in again.timeline] == [s.completed for s in result.timeline]
    assert list(again.records) == list(result.records)


def test_merging_adds_and_loses_nothing() -> None:
    one, two = sample(2), sample(3)
    two.verdict = Verdict(Limit.TARGET, "slow")
    one.merge(two)
    assert one.counts.completed == 1500
    assert one.counts.check()
    assert one.response_time.count == one.service_time.count == 1515
    assert one.statuses[200].count + one.statuses[503].count == 1500
    assert one.error_messages() == [("reset 100", 5), ("reset 201", 5), ("reset 302", 5)]
    assert [s.completed for s in one.timeline] == [600, 600, 300]
    assert len(one.records) == 200
    assert one.health.processes == 2
    assert one.verdict.limit is Limit.TARGET


def test_merging_is_the_same_in_any_order_but_for_the_echo() -> None:
    left, right = sample(2), sample(3)
    left.merge(sample(3))
    right.merge(sample(2))
    assert encode_result(left) == encode_result(right)


def test_rates_are_over_the_window_in_which_requests_were_issued() -> None:
    result = sample(2)
    result.wall_ns = 4 * 10**9
    assert result.sent_rps == result.planned_rps == 303
    assert result.achieved_rps == 150
    assert result.error_rate == pytest.approx(6 / 606)


def test_responses_alone_and_everything() -> None:
    result = sample(1)
    assert result.completed_response_time().count == result.completed_service_time().count == 300
    assert result.response_time.count == 303


def test_an_empty_result_has_no_rates() -> None:
    empty = RunResult()
    assert empty.achieved_rps == empty.sent_rps == empty.planned_rps == 0
    assert math.isnan(empty.error_rate)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ([], "not a saved load result"),
        ({"schema": "other"}, "not a saved load result"),
        ({**encode_result(sample(1)), "schema_version": 99}, "version 99"),
        ({**encode_result(sample(1)), "counts": {"sent": 1, "what": 2}}, "damaged"),
        ({k: v for k, v in encode_result(sample(1)).items() if k != "phases"}, "damaged"),
        ({**encode_result(sample(1)), "response_time": {}}, "damaged"),
        ({**encode_result(sample(1)), "errors": {"unheard-of": {}}}, "damaged"),
    ],
)
def test_what_is_not_a_result_is_refused_with_a_word(damage: object, says: str) -> None:
    with pytest.raises(ResultFormatError, match=says):
        decode_result(damage)


def test_a_response_that_took_no_time_has_its_place() -> None:
    recorder = Recorder(is_paced=False)
    recorder.restart(0)
    recorder.request_completed(request_at(5, 5, written_ns=6), OK, 5, 5)
    assert recorder.finish(10).response_time.count == 1


JUNK = [None, True, -1, 1.5, 1 << 70, "x", [], {}, [1], {"a": 1}, float("nan")]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:3])
    for key, part in items:
        if isinstance(part, dict | list):
            yield from leaves(part, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_document_is_refused_or_can_be_reported(data: st.DataObject) -> None:
    document = json.loads(json.dumps(encode_result(sample(1))))
    document["plan"] = LoadPlan(RequestSpec("http://detail/", headers=(("X", "1"),))).to_json()
    path = data.draw(st.sampled_from(list(leaves(document))))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if data.draw(st.booleans()):
        holder[path[-1]] = data.draw(st.sampled_from(JUNK))
    else:
        del holder[path[-1]]
    try:
        result = decode_result(document)
    except ResultFormatError:
        return
    for render in REPORTS.values():
        assert render(Report(result, judge(read_thresholds(["p99<1s"]), result)))


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))]
)
def test_a_copy_and_what_another_process_is_sent_lack_nothing(again: Any) -> None:
    result = mixed(Recorder(is_paced=True), 3)
    assert encode_result(again(result)) == encode_result(result)
