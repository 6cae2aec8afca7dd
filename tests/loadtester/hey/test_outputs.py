import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet
from loadtester.hey.output_file import OutputFile
from loadtester.hey.outputs import Outputs, emit_report, note, parse_outputs, renderer
from loadtester.report import text
from loadtester.report.base import Report
from loadtester.thresholds.verdict import read_thresholds
from tests.loadtester.hey.conftest import Server
from tests.loadtester.report.runs import made_run

Captured = pytest.CaptureFixture[str]


def made(*arguments: str) -> Outputs:
    return parse_outputs(FlagSet(FLAGS, twins=TWINS).parse(arguments, {}))


def test_the_summary_is_what_is_printed_if_nothing_is_said() -> None:
    assert made() == Outputs(text.render)
    assert renderer("text") is text.render


def test_a_threshold_of_no_use_is_told_before_the_run() -> None:
    with pytest.raises(UsageError, match="--threshold 'p99'"):
        made("--threshold", "p99")


def test_a_file_of_no_use_is_told_before_the_run() -> None:
    with pytest.raises(UsageError, match="--save /nowhere/run"):
        made("--save", "/nowhere/run.json")


def test_the_run_is_saved_and_printed_and_judged(tmp_path: Path, capsys: Captured) -> None:
    run, file = made_run({200: [10.0] * 10}), tmp_path / "run.json"
    outputs = made("--save", str(file), "--threshold", "avg<1ms,errors==0", "-o", "csv")
    assert emit_report(Report(run, outputs.judge(run)), outputs) == 99
    captured = capsys.readouterr()
    assert captured.out.startswith("response-time,")
    assert captured.err == "threshold failed: avg<1ms (was 10ms)\n"
    assert json.loads(file.read_text())["ok"] is False


def test_a_disk_that_is_full_costs_the_file_and_not_the_report(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: OutputFile, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(OutputFile, "write", full)
    outputs = made("--save", str(tmp_path / "run.json"))
    assert emit_report(Report(made_run({200: [10.0]})), outputs) == 1
    captured = capsys.readouterr()
    assert "[200]\t1 responses" in captured.out
    assert captured.err.endswith("run.json: No space left on device\n")


def test_a_threshold_that_passes_is_silent(capsys: Captured) -> None:
    run = made_run({200: [10.0] * 10})
    outputs = Outputs(text.render, thresholds=read_thresholds(["errors==0"]))
    assert emit_report(Report(run, outputs.judge(run)), outputs) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("condition", ["errors==0", "avg<1ms"])
def test_an_interrupted_run_has_a_code_of_its_own(condition: str, capsys: Captured) -> None:
    run = made_run({200: [10.0] * 10})
    run.interrupted = True
    outputs = Outputs(text.render, thresholds=read_thresholds([condition]))
    assert emit_report(Report(run, outputs.judge(run)), outputs) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_note_that_nobody_can_read_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    note("words")


def shell(command: str, server: Server, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Our hey, as `$HEY`, in a shell that closes or fills what is asked."""
    hey = f"{sys.executable} -m loadtester.hey -n 5 -c 1"
    env = {**os.environ, "HEY": hey, "URL": server.url, "TMPDIR": str(tmp_path), "no_proxy": "*"}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=env
    )


@pytest.mark.parametrize(
    "redirection",
    ["> /dev/full", ">&-", "<&- >&-", "<&- > /dev/full", "-o json > /dev/full", "-o csv >&-"],
)
def test_a_report_that_cannot_be_printed_is_kept(
    server: Server, tmp_path: Path, redirection: str
) -> None:
    """libuv#4558: with its standard streams closed, a program takes a socket for its output."""
    done = shell(f"$HEY $URL {redirection}", server, tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "hey: cannot write the output: " in done.stderr
    (kept,) = tmp_path.glob("hey-run-*.json")
    assert str(kept) in done.stderr
    assert json.loads(kept.read_text())["summary"]["statuses"] == {"200": 5}
    assert len(server.received) == 5


@pytest.mark.parametrize(
    "streams", ["<&- >&- 2>&-", "2>&-", "2> /dev/full", "<&-", "--progress json 2> /dev/full"]
)
def test_closed_and_full_streams_end_no_run(server: Server, tmp_path: Path, streams: str) -> None:
    saved = tmp_path / "saved.json"
    done = shell(f"$HEY --save {saved} $URL {streams}", server, tmp_path)
    assert done.returncode == (1 if ">&- 2>&-" in streams else 0)
    assert len(server.received) == 5
    assert json.loads(saved.read_text())["summary"]["statuses"] == {"200": 5}


def test_a_saved_run_is_not_kept_twice(server: Server, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    done = shell(f"$HEY --save {saved} $URL > /dev/full", server, tmp_path)
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == [saved]
