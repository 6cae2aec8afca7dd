"""`play`, `odds` and `lint` as functions; what they compute is tested where it is computed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rehearsal
from rehearsal import lint, odds, play
from rehearsal.errors import UserError
from rehearsal.manifests import as_canary, load_manifests
from rehearsal.probability import Fault
from rehearsal.simulated import Scenario
from tests.rehearsal.api.manifests import write_manifests

EXAMPLES = Path(__file__).parents[3] / "rehearsal/simulated/examples"


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    return write_manifests(tmp_path / "shop.yaml")


def test_odds_of_a_file_and_of_an_object_are_equal(manifests: Path) -> None:
    canary = as_canary(load_manifests([manifests]).choose_canary())
    by_file = odds(manifests, traffic="5/s", errors="1%")
    by_object = odds(canary, traffic=5.0, errors=[0.01])
    assert by_file == by_object == odds(canary, traffic=5, errors=[], faults=[Fault(0.01)])
    (row,) = by_file.rows
    assert row.rolled_back + row.promoted + row.stuck == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"traffic": "fast"}, "traffic: 'fast' is not a traffic"),
        ({"traffic": 0.0}, "traffic: "),
        ({"traffic": float("nan")}, "traffic: "),
        ({"traffic": "5/s", "errors": "x"}, "errors: 'x' is not a share"),
        ({"traffic": "5/s", "errors": [1.5]}, "errors: 1.5 is not a share from 0 to 1"),
        ({"traffic": "5/s", "latency": "x"}, "latency: "),
        ({"traffic": "5/s", "canary_name": "other"}, "contains no Canary other"),
    ],
)
def test_mistakes_in_odds_are_said(manifests: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        odds(manifests, **options)


def test_play_takes_files_values_and_scenarios() -> None:
    path = EXAMPLES / "rollback.yaml"
    runs = [play(path), play(str(path)), play(Scenario.load(path))]
    assert all(run.rolled_back for run in runs)
    inline = play({"canary": str(EXAMPLES / "canary.yaml"), "ticks": 2, "world": []})
    assert len(inline.ticks) == 2
    with pytest.raises(UserError, match="metricz"):
        play({"canary": str(EXAMPLES / "canary.yaml"), "ticks": 2, "world": [{"metricz": {}}]})


def test_lint_gives_findings_and_refusals(manifests: Path, tmp_path: Path) -> None:
    report = lint(manifests)
    assert report.canaries == 1
    assert not report.refused
    rules = {finding.rule for finding in report.findings}
    assert rules
    assert rules.isdisjoint(f.rule for f in lint(manifests, disable=rules).findings)
    broken = tmp_path / "broken.yaml"
    broken.write_text(manifests.read_text().replace("threshold: 2", "threshold: [2]"))
    assert lint([manifests, broken]).refused
    with pytest.raises(UserError, match="no rule 'nonsense'"):
        lint(manifests, disable=["nonsense"])
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    with pytest.raises(UserError, match="contains no Canary"):
        lint(empty)


def test_names_are_functions_whatever_was_imported_before() -> None:
    program = (
        "import sys, rehearsal\n"
        "assert not [m for m in sys.modules if m.startswith('rehearsal.')]\n"
        "import rehearsal.cli, rehearsal.commands.odds, rehearsal.commands.lint\n"
        "import rehearsal.commands.play, rehearsal.api\n"
        "from rehearsal import lint, odds, play, rehearse, simulate\n"
        "print(*(callable(one) for one in (lint, odds, play, rehearse, simulate)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("True True True True True\n", "")
    for name in ("lint", "odds", "play", "rehearse", "simulate"):
        assert type(getattr(rehearsal, name)).__name__ == "function"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rehearsal.nothing
