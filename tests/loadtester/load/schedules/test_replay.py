import time
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
    with pytest.raises(PlanError, match=r"replay log, line 2: is neither"):
        Replay.read(["1", "soon"], "log")


@pytest.mark.parametrize(
    "line",
    [
        *("1e9999999", "1e-9999999", "9" * 5000, "NaN", "Infinity", "-Infinity", "1_0", "٣"),
        *("2026-13-01T00:00:00Z", "0x1", "1e999", "sNaN"),
    ],
)
def test_odd_numbers_are_refused_quickly_and_not_repeated(line: str) -> None:
    started = time.thread_time()
    with pytest.raises(PlanError, match=r"replay log, line 1: is neither") as refused:
        Replay.read([line], "log")
    assert line not in str(refused.value)
    assert time.thread_time() - started < 1


def test_timestamps_a_year_apart_are_a_mistake() -> None:
    with pytest.raises(PlanError, match="more than a year apart"):
        Replay.read(["0", "1700000000"], "log")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_a_file_without_an_end_is_given_up(device: str) -> None:
    with pytest.raises(PlanError, match=f"{device}: is larger than 64 MiB"):
        Replay.parse(device)


def test_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="is a directory"):
        Replay.parse(str(tmp_path))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="not text in UTF-8"):
        Replay.parse(str(tmp_path / "bytes"))


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="nowhere"):
        Replay.parse(str(tmp_path / "nowhere"))
    with pytest.raises(PlanError, match="no timestamps"):
        Replay.read(["# nothing"], "log")
