import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.provenance import Provenance
from loadtester.report.base import Report
from loadtester.report.markdown import code, escape, render, table
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run


def rows(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_thresholds_numbers_and_outcomes_are_tables() -> None:
    run = made_run({200: [10.0] * 98, 503: [10.0]}, {ErrorClass.RESET: [(1.0, "x")]})
    report = Report(run, judge(read_thresholds(["p90<20ms", "p99.9<20ms"]), run), "A run")
    text = render(report)
    assert text.startswith("## A run\n\n**❌ Thresholds failed** · ")
    cells = rows(text)
    assert ["`p90<20ms`", "10ms", "passed"] in cells
    assert ["`p99.9<20ms`", "no response to 1% of the requests", "**failed**"] in cells
    assert ["503", "1", "1%"] in cells
    assert ["reset", "1", "1%"] in cells


@pytest.mark.parametrize(
    ("interrupted", "thresholds", "words"),
    [
        (False, ["p99<1s"], "✅ All thresholds passed"),
        (False, ["p99<1ms"], "❌ Thresholds failed"),
        (False, [], "No thresholds were given"),
        (True, ["p99<1s"], "⚠️ Interrupted: neither passed nor failed"),
        (True, ["p99<1ms"], "⚠️ Interrupted: neither passed nor failed"),
    ],
)
def test_the_ending_stands_at_the_top(interrupted: bool, thresholds: list[str], words: str) -> None:
    run = made_run({200: [10.0]})
    run.interrupted = interrupted
    assert f"**{words}**" in render(Report(run, judge(read_thresholds(thresholds), run)))


def test_the_origin_stands_at_the_end() -> None:
    run = made_run({200: [10.0]})
    run.provenance = Provenance("hey", "1.2", "hey 'http://a/`b`'", "some-host")
    assert render(Report(run)).endswith("hey 1.2 on some\\-host: ``hey 'http://a/`b`'``\n") or (
        render(Report(run)).endswith("hey 1.2 on some-host: ``hey 'http://a/`b`'``\n")
    )


@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_cell(one: str, other: str) -> None:
    text = table(("a", "b"), [(escape(one), code(other))])
    assert len(text.splitlines()) == 3
    _, _, line = text.splitlines()
    bare = line.replace("\\\\", "").replace("\\|", "")
    assert bare.count("|") == 3
    assert "<" not in escape(one).replace("\\<", "")
