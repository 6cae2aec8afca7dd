import json
import socket

from commons import __version__
from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.provenance import Provenance
from loadtester.load.measuring.result_json import decode_result, encode_result
from loadtester.report.base import Report
from loadtester.report.json import render
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run


def test_the_whole_run_is_in_it_and_comes_back() -> None:
    run = made_run({200: [10.0] * 20, 503: [1.0]}, {ErrorClass.RESET: [(3, "reset")]})
    document = json.loads(render(Report(run)))
    assert encode_result(decode_result(document["result"])) == encode_result(run)


def test_the_first_questions_are_answered_at_the_top() -> None:
    run = made_run({200: [10.0] * 20, 503: [10.0]}, {ErrorClass.RESET: [(3, "reset")]}, wall_s=2)
    report = Report(run, judge(read_thresholds(["p90<20ms", "status:5xx==0"]), run), "a title")
    document = json.loads(render(report))
    assert (document["title"], document["ok"]) == ("a title", False)
    assert (document["outcome"], document["interrupted"]) == ("failed", False)
    assert document["summary"]["statuses"] == {"200": 20, "503": 1}
    assert document["summary"]["errors"] == {"reset": 1}
    assert document["summary"]["requests_per_s"] == 11
    assert document["latency_s"]["responses"]["percentiles"]["99"] == 0.01
    assert document["latency_s"]["lateness"] is None
    service = document["latency_s"]["service"]
    assert (service["count"], service["without_response"], service["max"]) == (22, 1, None)
    assert (service["percentiles"]["90"], service["percentiles"]["99"]) == (0.01, None)
    kept, broken = document["thresholds"]
    assert kept["ok"]
    assert broken == {
        "threshold": "status:5xx==0",
        "ok": False,
        "value": 1,
        "unit": "number",
        "actual": "1",
    }


def test_an_interrupted_run_is_not_ok_and_not_not_ok() -> None:
    run = made_run({200: [10.0]})
    run.interrupted = True
    document = json.loads(render(Report(run, judge(read_thresholds(["p99<20ms"]), run))))
    assert (document["ok"], document["outcome"]) == (None, "interrupted")
    assert document["interrupted"] is True


def test_where_it_comes_from_is_said_at_the_top() -> None:
    run = made_run({200: [10.0]})
    run.provenance = Provenance.here("hey", ["hey", "http://detail/"])
    run.started_unix_ns = 1_800_000_000 * 10**9
    origin = json.loads(render(Report(run)))["run"]
    assert (origin["program"], origin["version"]) == ("hey", __version__)
    assert (origin["command"], origin["host"]) == ("hey http://detail/", socket.gethostname())
    assert origin["started"] == "2027-01-15T08:00:00+00:00"


def test_a_run_without_a_response_is_still_json() -> None:
    run = made_run({}, {ErrorClass.REFUSED: [(1, "refused")]})
    report = Report(run, judge(read_thresholds(["p99<20ms"]), made_run({})))
    document = json.loads(render(report), parse_constant=lambda name: 1 / 0)
    assert document["latency_s"]["responses"] is None
    assert document["thresholds"][0]["value"] is None
