import json
from pathlib import Path

import pytest

from loadtester.hey.__main__ import main
from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.result import RunResult
from loadtester.report import json as json_report
from loadtester.report.base import Report
from tests.loadtester.hey.test_comparison import drawn
from tests.loadtester.report.runs import made_run

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(folder: Path, name: str, run: RunResult) -> None:
    (folder / name).write_text(json_report.render(Report(run)))


def test_a_slowdown_is_told_with_its_interval(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1))
    save(folder, "b.json", drawn(2, scale=1.5))
    assert main(["diff", "a.json", "b.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (row,) = (line for line in lines if line.strip().startswith("p50"))
    assert row.endswith("slower")
    assert "[+4" in row
    assert lines[-1] == "B is slower in p50, p90, p99."


def test_it_is_markdown_for_a_pipeline(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1))
    save(folder, "b.json", drawn(2, scale=1.5))
    assert main(["diff", "-o", "markdown", "a.json", "b.json"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("**❌ B is slower in p50, p90, p99.**\n\nA: `a.json`  \nB: `b.json`\n")
    (row,) = (line for line in text.splitlines() if line.startswith("| p50 "))
    assert row.count(" | ") == 5
    assert row.endswith(" | slower |")
    assert main(["diff", "-o", "markdown", "a.json", "a.json"]) == 0
    assert capsys.readouterr().out.startswith("**✅ No significant slowdown.**")


def test_an_interrupted_run_is_compared_with_a_caution(folder: Path, capsys: Captured) -> None:
    run = drawn(1)
    run.interrupted = True
    save(folder, "a.json", run)
    save(folder, "b.json", drawn(2))
    assert main(["diff", "a.json", "b.json"]) == 0
    assert "hey: a.json was interrupted" in capsys.readouterr().err


def test_it_can_be_a_gate(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1))
    save(folder, "b.json", drawn(2, scale=1.5))
    assert main(["diff", "a.json", "b.json", "--fail-if-slower"]) == 99
    assert main(["diff", "b.json", "a.json", "--fail-if-slower"]) == 0
    assert main(["diff", "a.json", "b.json", "--fail-if-slower", "--tolerance", "90%"]) == 0
    assert "B is faster in p50, p90, p99." in capsys.readouterr().out


def test_noise_is_called_noise(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1))
    save(folder, "b.json", drawn(2))
    assert main(["diff", "a.json", "b.json", "--fail-if-slower"]) == 0
    assert capsys.readouterr().out.endswith("No significant slowdown.\n")


def test_failing_more_is_worse(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", made_run({200: [10.0] * 900}))
    save(folder, "b.json", made_run({200: [10.0] * 800}, {ErrorClass.RESET: [(10, "x")] * 100}))
    assert main(["diff", "a.json", "b.json", "--fail-if-slower"]) == 99
    assert "\nB is failing more.\n" in capsys.readouterr().out


def test_short_runs_are_compared_with_a_caution(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1, count=800))
    save(folder, "b.json", drawn(2, count=2000))
    main(["diff", "a.json", "b.json"])
    assert "Fewer than 5 seconds" in capsys.readouterr().out
    main(["diff", "b.json", "b.json"])
    assert "Fewer than 5 seconds" not in capsys.readouterr().out


def test_a_program_gets_json(folder: Path, capsys: Captured) -> None:
    save(folder, "a.json", drawn(1))
    save(folder, "b.json", drawn(2, scale=1.5))
    assert main(["diff", "a.json", "b.json", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["slower"] is True
    assert [row["name"] for row in told["quantiles"]] == ["p50", "p90", "p99"]
    assert told["quantiles"][0]["low"] < told["quantiles"][0]["difference"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["diff"],
        ["diff", "a"],
        ["diff", "a", "b", "--confidence", "2"],
        ["diff", "a", "b", "-o", "html"],
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
