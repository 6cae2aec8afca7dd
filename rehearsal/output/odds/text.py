"""The odds as a table in a terminal: shaded there, plain in a pipe or under NO_COLOR."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO

from rich import box
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from rehearsal.output.odds.report import (
    OddsReport,
    better_lines,
    fault_text,
    method_text,
    minutes,
    percent,
    rate,
    requests_text,
    setting_text,
)
from rehearsal.probability import Odds

_PLAIN_WIDTH = 160
_GOOD, _BAD = (24, 121, 78), (192, 42, 55)
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def print_table(report: OddsReport, out: TextIO) -> None:
    """Write the table, the notes and what would be better."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    table = report.table
    console.print(f"{table.canary}: {setting_text(table.setting)}\n")
    console.print(_table(report))
    for note in table.notes:
        console.print(f"Note: {note}.")
    if report.better is not None:
        _print_better(report, console)


def _table(report: OddsReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("traffic", "build"):
        table.add_column(name)
    for name in ("rolled back", "promoted", "stuck", "failed requests", "verdict"):
        table.add_column(name, justify="right")
    table.add_column("how")
    for traffic, rows in groupby(report.table.rows, key=lambda row: row.traffic_per_s):
        for index, row in enumerate(rows):
            table.add_row(rate(traffic) if index == 0 else "", *_cells(report, row))
        table.add_section()
    return table


def _cells(report: OddsReport, row: Odds) -> list[str | Text]:
    healthy = report.is_healthy(row.fault)
    shade = _shade(report.wrong(row))
    rolled_back = percent(row.rolled_back) + (" false alarms" if healthy else "")
    return [
        fault_text(row.fault) + (", healthy" if healthy else ""),
        Text(rolled_back, style=shade),
        percent(row.promoted),
        percent(row.stuck) if row.stuck else "-",
        requests_text(row),
        minutes(row.verdict_s),
        method_text(row),
    ]


def _shade(wrong: float) -> Style:
    """From green, where a build nearly always ends as it should, to red."""
    mixed = [round(good + (bad - good) * wrong) for good, bad in zip(_GOOD, _BAD, strict=True)]
    return Style(color="white", bgcolor="rgb({},{},{})".format(*mixed))


def _print_better(report: OddsReport, console: Console) -> None:
    assert report.better is not None
    console.print("")
    for line in better_lines(report.better, report.patch):
        console.print(line)
    if report.patch is None:
        return
    console.print("")
    for line in report.patch.fields:
        console.print(f"  {line}")
    for line in report.patch.diff.splitlines():
        console.print(Text(line, style=_DIFF_STYLES.get(line[:1], "")))
