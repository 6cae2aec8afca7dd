"""The guard over the ratios on record."""

import json

import pytest

from benchmarks import check


def test_a_fall_by_more_than_a_tenth_is_said_and_less_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recorded = {"a": 1.0, "b": 1.0, "c": 2.0, "d": 0.5}
    found = {"a": 0.89, "b": 0.91, "c": 2.5, "new": 9.0}
    assert check.compare(found, recorded) == ["a fell from 1.00 to 0.89"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["a", "b", "c", "d"]
    assert "FELL" in lines[0]
    assert "not measured here" in lines[3]


def test_the_ratios_on_record_are_ratios() -> None:
    recorded = json.loads(check.RECORD.read_text())
    assert recorded
    assert all(0 < ratio < 100 for ratio in recorded.values())
