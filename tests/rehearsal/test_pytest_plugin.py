"""The plugin, in test runs of their own."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.e2e.applications import python_server
from tests.rehearsal.api.manifests import write_manifests

ROOT = Path(__file__).parents[2]
_NOTHING = "def test_nothing():\n    pass\n"
_MODULES = (
    "import sys\n"
    "def test_what_is_imported():\n"
    "    assert 'rehearsal.pytest_plugin' in sys.modules\n"
    "    others = {m for m in sys.modules if m.split('.')[0] in ('rehearsal', 'commons')}\n"
    "    assert others == {'rehearsal', 'rehearsal.pytest_plugin', 'commons'}\n"
    "def test_there_are_no_hooks(pytestconfig):\n"
    "    plugin = pytestconfig.pluginmanager.get_plugin('rehearsal')\n"
    "    assert not pytestconfig.pluginmanager.get_hookcallers(plugin)\n"
)


def _pytest(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A test run of one file, with the plugin and without anything of ours beside it."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "test_it.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"rehearsal": "rehearsal.pytest_plugin"}
    assert any(one.startswith("pytest") for one in project["optional-dependencies"]["pytest"])


def test_it_costs_other_tests_nothing(tmp_path: Path) -> None:
    done = _pytest(tmp_path, _NOTHING + _MODULES)
    assert done.returncode == 0, done.stdout


def test_simulated_rollouts_pass_and_fail_readably(tmp_path: Path) -> None:
    write_manifests(tmp_path / "shop.yaml")
    done = _pytest(
        tmp_path,
        "def test_promoted(rehearsal):\n"
        "    run = rehearsal.simulate('shop.yaml')\n"
        "    assert run.promoted\n"
        "    assert run.failed_requests < 5\n"
        "    assert run.tick(2).metric('request-success-rate') > 99\n"
        "def test_bad(rehearsal):\n"
        "    run = rehearsal.simulate('shop.yaml', faults=['errors=5%'])\n"
        "    assert run.promoted\n"
        "def test_mistaken(rehearsal):\n"
        "    rehearsal.simulate('missing.yaml')\n",
    )
    assert "2 failed, 1 passed" in done.stdout
    assert "<rehearsal of shop.prod: rolled-back; Halt shop.prod advancement" in done.stdout
    assert "rehearsal of shop.prod call" in done.stdout
    assert "Warning  Canary failed! Scaling down shop.prod" in done.stdout
    assert "missing.yaml: cannot be read" in done.stdout


def test_scripted_worlds_are_played(tmp_path: Path) -> None:
    example = ROOT / "rehearsal/simulated/examples/rollback.yaml"
    text = f"def test_it(rehearsal):\n    assert rehearsal.play({str(example)!r}).rolled_back\n"
    assert _pytest(tmp_path, text).returncode == 0


@pytest.mark.slow
@pytest.mark.e2e
def test_a_live_rollout_of_two_commands(tmp_path: Path) -> None:
    write_manifests(tmp_path / "shop.yaml")
    command = python_server(tmp_path)
    done = _pytest(
        tmp_path,
        "def test_promoted(rehearsal):\n"
        f"    command = {command!r}\n"
        "    run = rehearsal('shop.yaml', stable=command, candidate=command, speed=5)\n"
        "    assert run.promoted, run.state\n"
        "    assert run.failed_requests < 5\n"
        "    assert run.tick(3).metric('request-success-rate') > 99\n"
        "    assert run.weights[:2] == (0, 20)\n"
        "    assert run.samples and run.requests\n",
    )
    assert done.returncode == 0, done.stdout
