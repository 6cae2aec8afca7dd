import errno
import json
import os
from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet
from loadtester.hey.outputs import Outputs, judged, read, renderer, write_whole
from loadtester.report import text
from loadtester.report.base import Report
from loadtester.thresholds.verdict import read_thresholds
from tests.loadtester.report.runs import made_run

Captured = pytest.CaptureFixture[str]


def made(*arguments: str) -> Outputs:
    return read(FlagSet(FLAGS, twins=TWINS).parse(arguments, {}))


def test_the_summary_is_what_is_printed_if_nothing_is_said() -> None:
    assert made() == Outputs(text.render)
    assert renderer("text") is text.render


def test_a_folder_that_is_not_there_is_told_before_the_run() -> None:
    with pytest.raises(UsageError, match="--save /nowhere/run"):
        made("--save", "/nowhere/run.json")


def test_a_threshold_of_no_use_is_told_before_the_run() -> None:
    with pytest.raises(UsageError, match="--threshold 'p99'"):
        made("--threshold", "p99")


def test_the_run_is_saved_and_printed_and_judged(tmp_path: Path, capsys: Captured) -> None:
    run, file = made_run({200: [10.0] * 10}), tmp_path / "run.json"
    outputs = made("--save", str(file), "--threshold", "avg<1ms,errors==0", "-o", "csv")
    assert judged(Report(run, outputs.judge(run)), outputs) == 99
    captured = capsys.readouterr()
    assert captured.out.startswith("response-time,")
    assert captured.err == "threshold failed: avg<1ms (was 10ms)\n"
    assert json.loads(file.read_text())["ok"] is False


def test_a_disk_that_is_full_costs_the_file_and_not_the_report(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("loadtester.hey.outputs.write_whole", full)
    outputs = made("--save", str(tmp_path / "run.json"))
    assert judged(Report(made_run({200: [10.0]})), outputs) == 1
    captured = capsys.readouterr()
    assert "[200]\t1 responses" in captured.out
    assert captured.err.endswith("run.json: No space left on device\n")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this is a folder"):
        made("--save", str(tmp_path))


def test_a_kept_promise_is_silent(capsys: Captured) -> None:
    run = made_run({200: [10.0] * 10})
    outputs = Outputs(text.render, thresholds=read_thresholds(["errors==0"]))
    assert judged(Report(run, outputs.judge(run)), outputs) == 0
    assert capsys.readouterr().err == ""


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    write_whole(file, "one")
    write_whole(file, "two")
    assert file.read_text() == "two"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
