"""Mistakes from public issues, whose cause lint names."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.cli import main
from rehearsal.linting import BY_ID
from rehearsal.linting.report import INVALID

CORPUS = Path(__file__).parent / "corpus.md"
SECTION = re.compile(r"^## (?P<issue>[\w.-]+/[\w.-]+#\d+)\n(?P<body>.*?)(?=^## |\Z)", re.S | re.M)
MOST_MISSED = 4


@dataclass(frozen=True)
class Case:
    """One issue: the rules that name its cause (none if lint cannot see it), and its manifests."""

    issue: str
    rules: tuple[str, ...]
    flags: tuple[str, ...]
    manifests: str


def _case(section: re.Match[str]) -> Case:
    body = section["body"]
    rules = re.search(r"^Found: (.+)$", body, re.M)
    flags = re.search(r"^Flags: `(.+)`$", body, re.M)
    manifests = re.search(r"^```yaml\n(.*?)^```$", body, re.S | re.M)
    assert manifests is not None, section["issue"]
    assert rules or re.search(r"^Not found: .+\.$", body, re.M), section["issue"]
    return Case(
        section["issue"],
        tuple(re.findall(r"`([a-z0-9-]+)`", rules[1])) if rules else (),
        tuple(flags[1].split()) if flags else (),
        manifests[1],
    )


CASES = [_case(section) for section in SECTION.finditer(CORPUS.read_text())]
NAMED = [case for case in CASES if case.rules]


def said(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The rules that lint names for a case."""
    file = folder / "case.yaml"
    file.write_text(case.manifests)
    main(["lint", *case.flags, str(file)])
    return set(re.findall(r"\[([a-z0-9-]+)\]$", capsys.readouterr().out, re.M))


def test_there_are_forty_and_nearly_all_are_named() -> None:
    assert len(CASES) >= 40
    assert len(NAMED) >= 36
    assert len(CASES) - len(NAMED) <= MOST_MISSED
    assert len({case.issue for case in CASES}) == len(CASES)
    assert {rule for case in CASES for rule in case.rules} <= {*BY_ID, INVALID}


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.issue)
def test_the_cause_is_named(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(case, tmp_path, capsys)
    assert set(case.rules) <= found
    others = {rule for rule in found - set(case.rules) if BY_ID[rule].severity == "error"}
    assert others <= {"appmesh-v1beta1", "nothing-checked", "ratio-limit"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.rules], ids=lambda case: case.issue
)
def test_what_cannot_be_seen_is_not_guessed_at(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {
        rule for rule in said(case, tmp_path, capsys) if BY_ID[rule].severity != "info"
    } == set()
