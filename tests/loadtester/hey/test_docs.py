"""What docs/hey.md says is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

from loadtester.hey import flags
from loadtester.hey.commands import COMMANDS
from loadtester.hey.goflag import Flag, dashed
from loadtester.load.errors import ErrorClass
from loadtester.load.schedules import KINDS
from loadtester.report.base import Report
from loadtester.report.json import document
from loadtester.report.registry import REPORTS
from loadtester.thresholds.verdict import read_thresholds
from tests.loadtester.hey.conftest import Command, Server
from tests.loadtester.report.runs import made_run

DOCS = Path(__file__).parents[3] / "docs" / "hey.md"
TEXT = DOCS.read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`-.*?) \| (`HEY_\w+`)? ?\| ", re.MULTILINE)


def documented() -> dict[frozenset[str], str]:
    """The spellings of each documented flag, and its twin."""
    rows = {}
    for cell, twin in ROW.findall(TEXT):
        names = frozenset(word.lstrip("-") for word in re.findall(r"`(-[\w-]+)", cell))
        rows[names] = twin.strip("`")
    return rows


def test_every_flag_is_documented_with_its_twin_and_none_besides() -> None:
    parsed = {frozenset(flag.names): flag.twin(flags.TWINS) for flag in flags.FLAGS}
    assert documented() == parsed


@pytest.mark.parametrize("flag", flags.FLAGS, ids=lambda flag: dashed(flag.names[0]))
def test_values_have_the_same_name_in_the_help_and_here(flag: Flag[object]) -> None:
    wanted = f" {flag.value}`" if flag.value else "`"
    spellings = [name + wanted for name in flag.names]
    assert any(spelling in TEXT for spelling in spellings)


def test_every_report_error_schedule_and_command_is_named() -> None:
    for word in (*REPORTS, *ErrorClass, *(kind for kind in KINDS if kind != "constant")):
        assert word in TEXT
    for command in COMMANDS:
        assert f"hey {command}" in TEXT


def test_the_measures_in_the_text_exist() -> None:
    measures = re.findall(r"^\| (`[a-z].*?) \| (?:duration|share|number)", TEXT, re.MULTILINE)
    names = [name for cell in measures for name in re.findall(r"`([a-z][\w:.-]*)`", cell)]
    assert len(names) > 20
    for name in names:
        is_time = re.fullmatch(r"(\w+:)?(p[\d.]+|min|max|median|avg|mean)", name)
        read_thresholds([f"{name}<1{'s' if is_time else ''}"])


def test_every_key_of_the_json_document_is_described() -> None:
    section = TEXT.split("### The JSON document")[1].split("\n## ")[0]
    keys = {
        k for cell in re.findall(r"^\| (`.*?) \|", section, re.M) for k in cell.split("`")[1::2]
    }
    made = document(Report(made_run({200: [1.0]})))
    assert keys == set(made)
    for part in ("summary", "verdict"):
        assert all(f"`{key}`" in section for key in made[part])


def commands() -> list[str]:
    """Every command line in the text that can be run, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_the_commands_in_the_text_run(
    server: Server, hey: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = 0
    for line in commands():
        words = shlex.split(line.replace("http://localhost:3000", server.url))
        assert words[0] == "hey"
        if "selfcheck" in words:
            continue
        words, redirected = (words[:-2], words[-1]) if ">" in words else (words, "")
        finished = hey(*words[1:], HEY_TIME_SCALE="100")
        assert finished.code == 0 or (finished.code == 99 and "--fail-if-slower" in words), line
        assert finished.out
        if redirected:
            Path(redirected).write_text(finished.out)
        ran += 1
    assert ran >= 12
