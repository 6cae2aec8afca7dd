"""The GitHub Action, the GitLab template and the pre-commit hook: their commands are run."""

import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.applications import python_server
from tests.rehearsal.api.manifests import write_manifests

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}
GITLAB = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
PLAIN = ("manifests", "traffic")
"""Inputs of the rehearsal that are read before anything starts, and are not commands."""
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one Canary, and a `rehearse` on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "rehearse"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rehearsal "$@"\n')
    program.chmod(0o755)
    for name in [name for name in os.environ if name.startswith(("REHEARSE_", "REHEARSAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    checkout = tmp_path / "checkout"
    (checkout / "k8s").mkdir(parents=True)
    write_manifests(checkout / "k8s" / "shop.yaml")
    return checkout


def _bash(script: str, folder: Path, env: Mapping[str, str]) -> Done:
    """As a runner's `shell: bash` does it."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def _step(name: str, folder: Path, **inputs: str) -> Done:
    """A step of the Action with these inputs, the others at their defaults."""
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    known = {key: str(given.get("default", "")) for key, given in ACTION["inputs"].items()}
    values = {f"inputs.{key}": value for key, value in {**known, **inputs}.items()}
    values["steps.install.outputs.reports"] = str(reports)
    step = STEPS[name]
    env = {
        key: _EXPRESSION.sub(lambda found: values[found[1]], text)
        for key, text in step.get("env", {}).items()
    }
    env["GITHUB_STEP_SUMMARY"] = str(folder / "summary.md")
    env["GITHUB_OUTPUT"] = str(folder / "output.txt")
    return _bash(step["run"], folder, env)


def _job(name: str, folder: Path, **variables: str) -> Done:
    """A job of the template; the lines of a script are one shell's."""
    defaults = {key: str(value) for key, value in GITLAB["variables"].items()}
    (folder / "rehearse-reports").mkdir(exist_ok=True)
    return _bash("\n".join(GITLAB[name]["script"]), folder, {**defaults, **variables})


def test_inputs_never_become_shell_text() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert step.get("shell", "bash") == "bash"
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


EVIL = """"; touch pwned; $(touch pwned) `touch pwned` ' ${x:=y}"""


@pytest.mark.slow
def test_what_looks_like_shell_is_text(folder: Path) -> None:
    known = {"manifests": "k8s", "stable": "bash -c old"}
    mistakes = [
        _step("lint", folder, manifests=EVIL),
        _job("rehearse-lint", folder, REHEARSE_FILE=EVIL),
        *(_step("rehearse", folder, **{**known, name: EVIL}) for name in PLAIN),
    ]
    for done in mistakes:
        assert done.returncode == 2, done.stdout + done.stderr
    assert not list(folder.rglob("pwned"))


@pytest.mark.slow
def test_lint_leaves_sarif_and_fails_as_it_was_asked(folder: Path) -> None:
    assert _step("lint", folder, manifests="k8s\n").returncode == 0
    sarif = json.loads((folder / "reports/lint.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    (folder / "output.txt").unlink()
    strict = _step("lint", folder, manifests="k8s", **{"fail-on": "info"})
    assert strict.returncode == 1
    assert (folder / "output.txt").read_text() == f"sarif={folder}/reports/lint.sarif\n"
    missing = _step("lint", folder, manifests="nowhere")
    assert missing.returncode == 2
    assert "::notice " in strict.stdout or "::warning " in strict.stdout
    assert _job("rehearse-lint", folder, REHEARSE_FILE="k8s").returncode == 1
    assert json.loads((folder / "rehearse-reports/lint.sarif").read_text())["runs"]


@pytest.mark.slow
@pytest.mark.e2e
def test_the_action_rehearses_a_good_and_a_bad_candidate(folder: Path) -> None:
    command = python_server(folder)
    done = _step("rehearse", folder, manifests="k8s", stable=command, speed="5")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = (folder / "summary.md").read_text()
    assert re.findall(r"^# The (\w+) candidate$", summary, re.M) == ["good", "bad"]
    assert summary.count("## Rehearsal of shop.prod: passed") == 2
    for kind, ending in (("good", "promoted"), ("bad", "rolled-back")):
        assert f"| {ending} |" in (folder / f"reports/{kind}.md").read_text()
        suite = ET.parse(folder / f"reports/{kind}.xml").getroot()[0]
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")


@pytest.mark.parametrize(("good", "bad", "code"), [(0, 0, 0), (3, 0, 3), (0, 1, 1), (5, 1, 1)])
def test_both_rehearsals_are_run_whatever_became_of_the_first(
    folder: Path, good: int, bad: int, code: int
) -> None:
    """With a `rehearse` that says how it was called."""
    log = folder / "calls.txt"
    program = folder.parent / "bin/rehearse"
    program.write_text(
        f'#!/bin/sh\necho "$REHEARSE_CANDIDATE|$REHEARSE_FAULT|$*" >>{log}\n'
        f'case "$*" in *promoted*) exit {good} ;; *) exit {bad} ;; esac\n'
    )

    def calls(done: Done) -> list[str]:
        assert done.returncode == code
        lines = log.read_text().splitlines()
        log.unlink()
        return [line.split(" --report")[0] for line in lines]

    expected = ["a b||run --expect promoted", "c|errors=50%|run --expect rolled-back"]
    step = _step("rehearse", folder, manifests="k8s", stable="a b", **{"bad-candidate": "c"})
    assert calls(step) == expected
    job = _job("rehearse-canary", folder, REHEARSE_STABLE="a b", REHEARSAL_BAD_CANDIDATE="c")
    assert calls(job) == expected


def test_steps_name_outputs_that_are_written() -> None:
    text = (ROOT / "action.yml").read_text()
    for step, output in set(re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text)):
        assert f'echo "{output}=' in STEPS[step]["run"]
    assert "hashFiles" not in text  # it sees nothing outside of the checkout


def test_the_hook_lints_the_repository(folder: Path) -> None:
    (hook,) = HOOKS
    assert (hook["id"], hook["pass_filenames"]) == ("rehearse-lint", False)
    words = [*shlex.split(hook["entry"]), *hook["args"]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 Canary: " in done.stderr
    assert re.search(hook["files"], "k8s/shop.yml")


def test_the_page_shows_inputs_that_there_are() -> None:
    page = (ROOT / "docs/pipelines.md").read_text()
    shown: list[Any] = re.findall(r"```yaml\n(.*?)```", page, re.S)
    assert shown
    for text in shown:
        yaml.safe_load(text)
    for name in ACTION["inputs"]:
        assert f"`{name}`" in page, name
