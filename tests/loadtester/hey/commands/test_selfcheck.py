import json
from collections.abc import Iterator

import pytest

from loadtester.hey import selfcheck as checks
from loadtester.hey.__main__ import main
from loadtester.hey.selfcheck import Ceiling, Machine, Step

Captured = pytest.CaptureFixture[str]
PARTS: list[Machine | Ceiling | Step] = [
    Machine(2, 1024, 0.5),
    Ceiling(21_021.4, 71_096.0, 0),
    Step(100, 100.0, 123_000, 15_400_000, 0.0246, True),
    Step(1_000, 700.0, 2_000_000, 9_000_000, 0.9, False),
]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    """What was asked to be measured, without measuring it."""
    asked: list[tuple[float, int]] = []

    def fake(duration_s: float, processes: int) -> Iterator[Machine | Ceiling | Step]:
        asked.append((duration_s, processes))
        return iter(PARTS)

    monkeypatch.setattr(checks, "selfcheck", fake)
    return asked


def test_each_finding_is_a_line_and_the_last_says_what_to_trust(
    measured: list[tuple[float, int]], capsys: Captured
) -> None:
    assert main(["selfcheck", "-z", "500ms", "--processes", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert measured == [(0.5, 2)]
    assert lines[1] == "At full speed   21,021 requests/sec, 71,096 per CPU second, 0 errors"
    assert lines[2].endswith("late by 123 µs (median), 15.4 ms (99%), 2.46% CPU: held")
    assert lines[3].endswith("not held")
    assert lines[-1].startswith("Schedules up to 100 requests/sec can be trusted here")


def test_a_program_gets_json(measured: list[tuple[float, int]], capsys: Captured) -> None:
    assert main(["selfcheck", "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["trusted_rps"], document["ceiling"]["errors"]) == (100, 0)
    assert [step["was_held"] for step in document["steps"]] == [True, False]


def test_a_machine_too_busy_is_told_so(
    measured: list[tuple[float, int]], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.loadtester.hey.commands.test_selfcheck.PARTS", PARTS[:2])
    assert main(["selfcheck"]) == 0
    assert "too busy" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["selfcheck", "x"], ["selfcheck", "-o", "html"]])
def test_a_mistake_is_one_line(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
