from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.provenance import Provenance
from loadtester.report.base import Report
from loadtester.report.junit import render
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run


def suite(report: Report) -> ElementTree.Element:
    (only,) = ElementTree.fromstring(render(report).encode())
    return only


def test_every_threshold_is_a_case() -> None:
    run = made_run({200: [10.0] * 10})
    run.provenance = Provenance("hey", "1.2", "hey URL", "box")
    found = suite(Report(run, judge(read_thresholds(["p99<20ms", "avg<5ms"]), run), "t"))
    assert {name: found.attrib[name] for name in ("name", "tests", "failures", "errors")} == {
        "name": "t",
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    assert found.attrib["hostname"] == "box"
    passed, failed = found.findall("testcase")
    assert passed.find("failure") is None
    failure = failed.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "measured 10ms"
    properties = {p.attrib["name"]: p.attrib["value"] for p in found.iter("property")}
    assert properties["program"] == "hey 1.2"
    assert properties["command"] == "hey URL"


def test_without_thresholds_the_run_is_a_case_that_passed() -> None:
    found = suite(Report(made_run({200: [10.0]})))
    assert (found.attrib["tests"], found.attrib["failures"]) == ("1", "0")


@pytest.mark.parametrize("thresholds", [[], ["p99<1h"], ["p99<1ms"]])
def test_an_interrupted_run_is_an_error_and_neither_passed_nor_failed(
    thresholds: list[str],
) -> None:
    run = made_run({200: [10.0]})
    run.interrupted = True
    found = suite(Report(run, judge(read_thresholds(thresholds), run)))
    assert (found.attrib["failures"], found.attrib["errors"]) == ("0", "1")


@given(st.text())
def test_any_text_of_a_target_is_xml(text: str) -> None:
    run = made_run({}, {ErrorClass.RESET: [(1.0, text)]})
    found = suite(Report(run, title=text))
    assert found.attrib["errors"] == "0"
