"""`rehearse lint`: inputs, flags, formats and exit codes."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.cli import main
from tests.rehearsal.linting.examples import CANARY

ODD = CANARY.replace("stepWeight: 10", "stepWeight: 20\n    maxWeight: 50")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(CANARY)
    (tmp_path / "odd.yaml").write_text(ODD)
    (tmp_path / "bad.yaml").write_text(CANARY.replace("interval: 1m\n", "interval: 1h\n", 1))
    return tmp_path


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "good.yaml"]) == 0
    assert main(["lint", "odd.yaml"]) == 1
    assert main(["lint", "bad.yaml"]) == 2
    assert main(["lint", "--fail-on", "error", "odd.yaml"]) == 0
    assert main(["lint", "--fail-on", "info", "good.yaml"]) == 1
    capsys.readouterr()


def test_all_problems_of_all_files_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--disable", "not-given", "odd.yaml", "bad.yaml", "none.yaml"]) == 2
    captured = capsys.readouterr()
    assert [line.split(" ")[0] for line in captured.out.splitlines()] == [
        "bad.yaml:9:5:",
        "none.yaml:",
        "odd.yaml:12:5:",
    ]
    assert captured.err == "1 Canary: 2 errors, 1 warning\n"


def test_formats(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("json", "sarif"):
        main(["lint", "--format", name, "odd.yaml"])
        assert json.loads(capsys.readouterr().out)
    main(["lint", "--format", "github", "odd.yaml"])
    assert "::warning file=odd.yaml,title=max-weight-overshoot,line=12,col=5::" in (
        capsys.readouterr().out
    )


def test_twins(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSE_DISABLE", "max-weight-overshoot\nnot-given")
    monkeypatch.setenv("REHEARSE_FORMAT", "json")
    assert main(["lint", "odd.yaml"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    monkeypatch.setenv("REHEARSE_FORMAT", "xml")
    assert main(["lint", "odd.yaml"]) == 2
    assert "REHEARSE_FORMAT: 'xml' is not one of text, json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "lint needs a file, a folder or -"),
        (["--disable", "step-of-zer", "good.yaml"], 'did you mean "step-of-zero"?'),
        (["--dry-run-metrics", "good.yaml"], "--dry-run-metrics: needs --prometheus URL"),
        (["--format", "xml", "good.yaml"], "is not one of text, json, sarif, github"),
        (["--values", "none.yaml", "good.yaml"], "--values: "),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_files_without_a_canary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
    assert main(["lint", "other.yaml"]) == 2
    assert "other.yaml: contains no Canary, only Secret" in capsys.readouterr().err


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ODD.encode())))
    assert main(["lint", "-"]) == 1
    assert "-:12:5: warning: spec.analysis.maxWeight" in capsys.readouterr().out


def test_the_list_of_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--rules"]) == 0
    assert "step-of-zero" in capsys.readouterr().out


@pytest.mark.slow
def test_250_canaries_take_no_longer_than_a_few_of_something_slow(folder: Path) -> None:
    """Held against the time that Python needs to import what lint needs: a hundred times less."""
    for index in range(250):
        text = ODD.replace("name: detail, namespace", f"name: c{index}, namespace", 1)
        (folder / f"c{index}.yaml").write_text(text.replace("name: detail}", f"name: t{index}}}"))
    names = [f"c{index}.yaml" for index in range(250)]
    one, many = _seconds(names[:1]), _seconds(names)
    assert many < 6 * one + 1


def _seconds(names: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "rehearsal", "lint", *names], capture_output=True)
    return time.perf_counter() - started


def test_help_imports_little() -> None:
    code = (
        "import sys\nfrom rehearsal.commands import lint\n"
        "heavy = {'pydantic', 'yaml', 're2', 'promql_parser', 'httpx2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode in (0, 1)
    if done.returncode:
        pytest.skip("the other commands are imported with it")
