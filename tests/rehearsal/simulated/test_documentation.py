"""docs/play.md and the shipped examples, held against what is played."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from rehearsal.cli import main
from rehearsal.simulated import Scenario, play
from rehearsal.simulated.reader import _CHANGE, _READINESS, _TOP
from tests.rehearsal.replay.clusters import event_list, kubectl_events

PAGE = (Path(__file__).parents[3] / "docs/play.md").read_text()
EXAMPLES = Path(__file__).parents[3] / "rehearsal/simulated/examples"
SCENARIOS = sorted(path.name for path in EXAMPLES.glob("*.yaml") if path.name != "canary.yaml")
BLOCK = re.compile(r"<!-- (\w+)[^\n]*-->\n```console\n\$ ([^\n]*)\n(.*?)```", re.S)
MALFORMED = "canary: canary.yaml\nticks: 3\nworld:\n  - at: 0\n    metricz: {}\n"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The examples, and what else the page's commands read."""
    for path in EXAMPLES.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    (tmp_path / "malformed.yaml").write_text(MALFORMED)
    run = play(Scenario.load(EXAMPLES / "rollback.yaml"))
    (tmp_path / "events.json").write_text(event_list(kubectl_events(run)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_lists_every_example() -> None:
    assert sorted(re.findall(r"^\| `([\w-]+\.yaml)` \|", PAGE, re.M)) == SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_examples_end_as_the_page_says(name: str, folder: Path, capsys: Capture) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    ending = row.split("|")[3].strip()
    assert main(["play", str(folder / name)]) == 0
    out, err = capsys.readouterr()
    assert ending in out.splitlines()
    assert err == ""


@pytest.mark.parametrize("name", SCENARIOS)
def test_examples_say_what_they_are_for(name: str) -> None:
    assert (EXAMPLES / name).read_text().startswith("# ")


@pytest.mark.parametrize(("kind", "command", "shown"), BLOCK.findall(PAGE))
def test_what_the_page_shows(
    kind: str, command: str, shown: str, folder: Path, capsys: Capture
) -> None:
    if kind == "events":
        text = (folder / "canary.yaml").read_text()
        (folder / "canary.yaml").write_text(text.replace("threshold: 2", "threshold: 5"))
    main(command.split()[1:])
    out, err = capsys.readouterr()
    lines = (out or err).splitlines()
    for number, part in enumerate(shown.rstrip("\n").split("\n...\n")):
        wanted = part.splitlines()
        places = [at for at in range(len(lines)) if lines[at : at + len(wanted)] == wanted]
        assert places, f"{command}: part {number} of the output is not what comes:\n{part}"


def test_the_python_of_the_page(folder: Path) -> None:
    (block,) = re.findall(r"<!-- python -->\n```python\n(.*?)```", PAGE, re.S)
    exec(compile(block, "docs/play.md", "exec"), {})


def test_the_page_shows_every_field() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    shown = yaml.safe_load(block)
    assert set(shown) == set(_TOP)
    assert set(shown["world"][0]) == set(_CHANGE)
    assert all(f"`{name}" in PAGE for name in _READINESS)
