"""The odds in every form."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from functools import cache

import pytest
from rich.console import Console

from rehearsal.output.odds import text
from rehearsal.output.odds.data import print_csv, print_json
from rehearsal.output.odds.html import print_html
from rehearsal.output.odds.picture import draw_curves
from rehearsal.output.odds.report import OddsReport, Patch, fault_text, minutes, percent
from rehearsal.output.odds.text import print_table
from rehearsal.probability import Fault, Latency, Setting, odds
from rehearsal.probability.curves import ERROR_SHARES, rollback_curves
from rehearsal.probability.promises import parse_promise
from rehearsal.probability.search import find_better
from tests.rehearsal.specs import canary, duration, success_rate

FAULTS = [Fault(0.001), Fault(0.02), Fault(0.0, Latency(0.05, 0.4, 0.1, 2.0))]


@cache
def report(*, better: bool = False) -> OddsReport:
    plan = {"stepWeight": 20, "maxWeight": 40, "threshold": 1}
    subject = canary({"provider": "istio"}, metrics=[success_rate(), duration()], **plan)
    table = odds(subject, [5, 25], FAULTS, Setting(phases=1), samples=0)
    if not better:
        return OddsReport(table, 0.001)
    catch, spare = (
        parse_promise("catch", "errors>=2%:95%"),
        parse_promise("spare", "errors<=0.1%:1%"),
    )
    found = find_better(subject, catch, spare, 5, Setting(phases=1))
    return OddsReport(
        table, 0.001, found, Patch(diff="--- a/x\n+++ b/x\n-threshold: 1\n+threshold: 2\n")
    )


def printed(printer: object, given: OddsReport) -> str:
    out = io.StringIO()
    printer(given, out)  # type: ignore[operator]
    return out.getvalue()


@pytest.mark.slow
def test_the_table_is_plain_in_a_pipe() -> None:
    lines = printed(print_table, report()).splitlines()
    assert lines[0].startswith("detail.flagger: scrapes every 15s, random arrivals, 1 pod")
    assert "\x1b" not in "".join(lines)
    healthy = next(line for line in lines if "0.1 % errors, healthy" in line)
    assert healthy.startswith(" 5/s")
    assert "false alarms" in healthy
    assert sum("2 % errors" in line for line in lines) == 2
    assert any("p50 50ms, p99 400ms, 10 %" in line for line in lines)
    assert any(line.startswith("Note: durations are taken") for line in lines)


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_shading_honours_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setattr(
        text,
        "Console",
        lambda file, **more: Console(
            file=file, force_terminal=True, color_system="truecolor", width=130, **more
        ),
    )
    monkeypatch.setenv("NO_COLOR", no_color)
    if not no_color:
        monkeypatch.delenv("NO_COLOR")
    assert ("48;2;" in printed(print_table, report())) is coloured


@pytest.mark.slow
def test_what_would_be_better_is_printed_with_its_patch() -> None:
    lines = printed(print_table, report(better=True)).splitlines()
    assert any(
        line.startswith("To keep errors>=2%:95% and errors<=0.1%:1% at 5/s:") for line in lines
    )
    assert any(line.startswith("Then ") and "instead of" in line for line in lines)
    assert sum(" requests of a healthy build" in line for line in lines) == 3
    assert lines[-2:] == ["-threshold: 1", "+threshold: 2"]


def test_json_holds_everything() -> None:
    given = report(better=True)
    content = json.loads(printed(print_json, given))
    assert content["canary"] == "detail.flagger"
    assert content["setting"]["scrape_s"] == 15
    assert [row["error_share"] for row in content["odds"]] == [0.001, 0.02, 0.0] * 2
    first = content["odds"][0]
    assert first["rolled_back"] == given.table.rows[0].rolled_back
    assert (first["healthy"], first["method"], first["interval"]) == (True, "exact", None)
    sampled = content["odds"][2]
    assert sampled["latency"] == {"p50_s": 0.05, "p99_s": 0.4, "slow_share": 0.1, "slow_s": 2.0}
    assert sampled["interval"][0] <= sampled["rolled_back"] <= sampled["interval"][1]
    assert content["better"]["changes"]
    assert content["better"]["kept_then"] is True
    assert content["better"]["diff"].endswith("+threshold: 2\n")
    names = [one["name"] for one in content["better"]["tests"]]
    assert names == ["fixed", "SPRT", "anytime-valid"]


def test_csv_has_a_line_for_each_row() -> None:
    rows = list(csv.DictReader(io.StringIO(printed(print_csv, report()))))
    assert len(rows) == 6
    assert float(rows[1]["rolled_back"]) == report().table.rows[1].rolled_back
    assert (rows[0]["p50_s"], rows[2]["p50_s"]) == ("", "0.05")


def test_the_page_is_whole_and_escapes_what_it_shows() -> None:
    given = report(better=True)
    out = io.StringIO()
    print_html(given, {5: [(0.001, 0.1), (1.0, 1.0)]}, out)
    page = out.getvalue()
    assert page.startswith("<!doctype html>")
    assert "errors&gt;=2%:95%" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page.count("<tr>") == 7


def test_the_picture_draws_a_line_per_traffic() -> None:
    plan = {"stepWeight": 50, "threshold": 1}
    subject = canary({"provider": "istio"}, metrics=[success_rate()], **plan)
    curves = rollback_curves(subject, [5, 25], Setting(hook_load=False))
    assert [len(curve) for curve in curves.values()] == [len(ERROR_SHARES)] * 2
    drawing = draw_curves("a <b> & c", curves, 0.001)
    root = ET.fromstring(drawing)
    paths = [one for one in root.iter() if one.tag.endswith("path")]
    assert len(paths) == 2
    texts = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert {"5/s", "25/s", "a <b> & c", "0.1 %", "100 %"} <= set(texts)
    assert "prefers-color-scheme: dark" in drawing
    for curve in curves.values():
        assert curve[-1][1] == pytest.approx(1.0)
        assert curve[0][1] < 0.3


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, "0.0 %"), (0.0001, "<0.1 %"), (0.086, "8.6 %"), (0.9999, ">99.9 %"), (1.0, "100.0 %")],
)
def test_percent_does_not_round_away(share: float, expected: str) -> None:
    assert percent(share) == expected


def test_small_words() -> None:
    assert (minutes(None), minutes(90)) == ("-", "1.5 min")
    assert fault_text(Fault(0.02, Latency(0.05, 0.4))) == "2 % errors, p50 50ms, p99 400ms"
