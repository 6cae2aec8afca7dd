"""The odds of a canary, where the traffic is declared."""

from pathlib import Path

import pytest

from rehearsal.cli import main
from rehearsal.commands.lint_odds import broken_share, chances_at
from rehearsal.linting import BY_ID, Options, Subject, lint
from tests.rehearsal.linting.examples import CANARY, manifests

TRAFFIC_PER_S = 0.5


def found(example: str, floor: float = 0.95) -> set[str]:
    options = Options(chances=chances_at(TRAFFIC_PER_S), floor=floor)
    return {one.rule for one in lint(manifests(example), options) if one.rule[:5] == "odds-"}


@pytest.mark.parametrize("rule", ["odds-false-alarm", "odds-missed"])
def test_examples(rule: str) -> None:
    assert rule in found(BY_ID[rule].bad)
    assert rule not in found(BY_ID[rule].good)


def test_the_floor_decides() -> None:
    assert "odds-missed" not in found(BY_ID["odds-missed"].bad, floor=0)


def test_without_traffic_nothing_is_computed() -> None:
    findings = lint(manifests(BY_ID["odds-missed"].bad))
    assert not [one for one in findings if one.rule.startswith("odds-")]


@pytest.mark.parametrize(
    ("least", "share"), [(99, 0.05), (99.9, 0.05), (95, 0.1), (90, 0.2), (0, 1.0)]
)
def test_a_broken_build_is_one_that_fails_twice_what_is_allowed(least: float, share: float) -> None:
    example = (
        f"analysis: {{metrics: [{{name: request-success-rate, thresholdRange: {{min: {least}}}}}]}}"
    )
    found = manifests(example)
    assert broken_share(Subject(found.canaries[0], found)) == pytest.approx(share)


@pytest.mark.parametrize("example", ["skipAnalysis: true", "analysis: {metrics: []}"])
def test_without_checks_there_are_no_odds(example: str) -> None:
    found = manifests(example)
    assert chances_at(10)(Subject(found.canaries[0], found)) is None


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "canary.yaml"
    file.write_text(CANARY.replace("threshold: 5", "threshold: 1"))
    for rate, code in (("30/m", 1), ("25/s", 0)):
        assert main(["lint", "--traffic", rate, "--floor", "95", str(file)]) == code
    assert "at 0.5 requests/s a healthy build is rolled back in" in capsys.readouterr().out
    assert main(["lint", "--traffic", "5/d", str(file)]) == 2
    assert "--traffic: '5/d' is not a rate such as 5/s" in capsys.readouterr().err
