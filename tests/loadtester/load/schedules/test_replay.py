from pathlib import Path

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.replay import Replay


def test_timestamps_count_from_the_earliest_in_any_order() -> None:
    replay = Replay.read(["# a log", "1700000000.5", "", "1700000000.000000001"], "log")
    assert [replay.planned_ns(i) for i in range(3)] == [0, 499_999_999, None]


def test_instants_with_time_zones_are_understood() -> None:
    replay = Replay.read(["2026-01-01T00:00:00Z", "2026-01-01T02:00:01.25+02:00"], "log")
    assert replay.planned_ns(1) == 1_250_000_000


def test_it_ends_after_its_last_arrival(tmp_path: Path) -> None:
    file = tmp_path / "times"
    file.write_text("0\n0.5\n")
    replay = Replay.parse(str(file))
    assert replay.ends
    assert replay.duration_ns == 500_000_001
    assert replay.describe() == f"replay:{file}"


def test_the_line_that_is_no_timestamp_is_named() -> None:
    with pytest.raises(PlanError, match="replay log, line 2: 'soon'"):
        Replay.read(["1", "soon"], "log")


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="nowhere"):
        Replay.parse(str(tmp_path / "nowhere"))
    with pytest.raises(PlanError, match="no timestamps"):
        Replay.read(["# nothing"], "log")
