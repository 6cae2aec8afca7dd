from pathlib import Path

import pytest

from rehearsal.errors import UserError
from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.metrics.scripted import MOST_BYTES, MOST_LINES, Script, read_scripts


def _read(text: str) -> Script:
    return read_scripts({"m": text})["m"]


def _written(tmp_path: Path, content: str) -> Script:
    path = tmp_path / "values.txt"
    path.write_text(content)
    return _read(str(path))


def _values(script: Script, *times_s: float) -> list[float | str]:
    found: list[float | str] = []
    for now_s in times_s:
        try:
            found.append(script.next(now_s))
        except NoValuesFound:
            found.append("none")
        except QueryFailed as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [("99.5", 99.5), ("-1", -1.0), ("+Inf", float("inf")), ("null", "none"), ("NaN", "none"),
     ("none", "none"), ("error timeout", "timeout")],
)  # fmt: skip
def test_constants(text: str, value: float | str) -> None:
    assert _values(_read(text), 0, 60) == [value, value]


def test_one_value_for_each_check_and_the_last_stays(tmp_path: Path) -> None:
    script = _written(tmp_path, "# a comment\n100 # good\n\n95.5\nnull\nerror gone away\n7\n")
    assert _values(script, *range(7)) == [100, 95.5, "none", "gone away", 7, 7, 7]


def test_values_by_time(tmp_path: Path) -> None:
    script = _written(tmp_path, "10s 1\n1m 2\n1m30s null\n2m error late\n")
    assert _values(script, 0, 10, 59, 60, 90, 120, 500) == ["none", 1, 1, 2, "none", "late", "late"]


def test_looking_is_no_check(tmp_path: Path) -> None:
    script = _written(tmp_path, "1\n2\n3\n")
    assert script.current(0) == 1
    assert script.next(0) == 1
    assert script.current(0) == script.current(0) == 1
    assert script.next(0) == 2
    assert script.current(0) == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "has no value in it"),
        ("# only\n", "has no value in it"),
        ("1\nx\n", r":2: x: must be a value"),
        ("1\n1m x\n", r":2: 1m x: must be a value"),
        ("1m 5\n6\n", r":2: either every line has a time or none has"),
        ("6\n1m 5\n", r":2: either every line has a time or none has"),
        ("1m 5\n30s 6\n", r":2: its time is before that of the line above"),
        ("1 2 3\n", r":1: 1 2 3: must be a value"),
        ("x" * 5000, r":1: x{60}…: must be a value"),
        ("1\n" * (MOST_LINES + 1), "has more than 100000 lines"),
    ],
)
def test_files_that_will_not_do(tmp_path: Path, content: str, what: str) -> None:
    with pytest.raises(UserError, match=what):
        _written(tmp_path, content)


def test_what_is_neither_a_value_nor_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^--metric m=nowhere\.txt: must be a number, null"):
        _read("nowhere.txt")
    with pytest.raises(UserError, match="must be a number"):
        _read(str(tmp_path))
    with pytest.raises(UserError, match=r"--metric m="):
        _read("\0")
    with pytest.raises(UserError, match=r"--metric m=x+: "):
        _read("x" * 5000)
    large = tmp_path / "large"
    large.write_bytes(b"1\n" * MOST_BYTES)
    with pytest.raises(UserError, match="is larger than 1 MiB"):
        _read(str(large))
