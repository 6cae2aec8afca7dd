import json
from pathlib import Path

import pytest

from loadtester.hey.__main__ import main
from loadtester.load.measuring.records import RawRecords
from loadtester.report import json as json_report
from loadtester.report.base import Report
from tests.loadtester.report.runs import made_run

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def saved(tmp_path: Path) -> list[str]:
    files = [tmp_path / name for name in ("a.json", "b.json")]
    for file in files:
        file.write_text(json_report.render(Report(made_run({200: [10.0] * 50}))))
    return [str(file) for file in files]


def test_saved_runs_are_printed_as_one(saved: list[str], capsys: Captured) -> None:
    assert main(["report", *saved]) == 0
    assert "  [200]\t100 responses\n" in capsys.readouterr().out


def test_flags_may_follow_the_files(saved: list[str], capsys: Captured) -> None:
    assert main(["report", *saved, "-o", "json", "--title", "both"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "both"


def test_a_broken_threshold_is_the_exit_code_and_a_line(saved: list[str], capsys: Captured) -> None:
    assert main(["report", "--threshold", "p99<1ms", saved[0]]) == 99
    captured = capsys.readouterr()
    assert captured.err == "threshold failed: p99<1ms (was 10ms)\n"
    assert "FAILED\tp99<1ms" in captured.out


def test_runs_of_different_plans_are_merged_with_a_word(
    saved: list[str], tmp_path: Path, capsys: Captured
) -> None:
    other = tmp_path / "c.json"
    other.write_text(json_report.render(Report(made_run({200: [1.0]}, model="open"))))
    assert main(["report", saved[0], str(other)]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("hey: these runs had different plans")
    assert "[200]\t51 responses" in captured.out


def test_rows_that_were_not_kept_cannot_be_printed(tmp_path: Path, capsys: Captured) -> None:
    run, file = made_run({200: [1.0]}), tmp_path / "c.json"
    run.records = RawRecords(0)
    file.write_text(json_report.render(Report(run)))
    assert main(["report", "-o", "csv", str(file)]) == 2
    assert "kept no single requests" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["report"], ["report", "/nowhere.json"], ["report", "--speed", "x"]]
)
def test_a_mistake_is_one_line(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("hey: ")
    assert captured.err.count("\n") == 1
