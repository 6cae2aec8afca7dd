from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons import values
from commons.units import GIB, KIB, MIB

GOOD: list[tuple[values.ValueParser[Any], str, object]] = [
    (values.port, "0", 0),
    (values.port, "65535", 65535),
    (values.whole_number(), "-3", -3),
    (values.whole_number(1, 9), "9", 9),
    (values.number(), "1e3", 1000.0),
    (values.number(0, 1), ".5", 0.5),
    (values.number(above=0), "0.1", 0.1),
    (values.duration_s(), "0", 0.0),
    (values.duration_s(), "1m30s", 90.0),
    (values.size_bytes(), "64k", 64 * KIB),
    (values.size_bytes(), "1M", MIB),
    (values.size_bytes(), "2G", 2 * GIB),
    (values.one_of("text", "json"), "JSON", "json"),
    (values.comma_list(), "a, b,,", ("a", "b")),
    (values.switch, "yes", True),
    (values.switch, "Off", False),
    (values.not_empty(), " x ", " x "),
]
BAD: list[tuple[values.ValueParser[Any], str, str]] = [
    (values.port, "65536", "65536 is not between 0 and 65535"),
    (values.port, "-1", "-1 is not between 0 and 65535"),
    (values.port, "", "'' is not a whole number from 0 to 65535"),
    (values.port, "8_0", "'8_0' is not a whole number from 0 to 65535"),
    (values.port, "٣", "'٣' is not a whole number from 0 to 65535"),
    (values.whole_number(1), "x", "'x' is not a whole number, 1 or more"),
    (values.whole_number(maximum=3), "4", "4 is above 3"),
    (values.whole_number(1), "0", "0 is below 1"),
    (values.whole_number(), "9" * 5000, f"'{'9' * 60}'... is not a whole number"),
    (values.number(), "nan", "'nan' is not a number"),
    (values.number(), "inf", "'inf' is not a number"),
    (values.number(), "1e999", "'1e999' is not a number"),
    (values.number(), "1_0", "'1_0' is not a number"),
    (values.number(0, 10), "-1", "-1 is not between 0 and 10"),
    (values.number(above=0), "0", "0 is not above 0"),
    (
        values.duration_s(),
        "5",
        'time: missing unit in duration "5"; write 500ms, 10s or 1m30s',
    ),
    (values.duration_s(), "-1s", "-1s is below 0s"),
    (values.duration_s(0, 60), "2m", "2m is above 1m0s"),
    (values.duration_s(above_s=0), "0s", "0s is not above 0s"),
    (values.size_bytes(), "1T", "'1T' is not a size such as 65536, 64k or 1M"),
    (values.size_bytes(), "0", "0 is below 1"),
    (values.one_of("text", "json"), "xml", "'xml' is not one of text, json"),
    (
        values.one_of("text", "json"),
        "jsn",
        "'jsn' is not one of text, json (did you mean json?)",
    ),
    (values.switch, "maybe", "'maybe' is neither true nor false"),
    (values.text(), "a\0b", "'a\\x00b' holds a NUL byte"),
    (values.not_empty(), "  ", "is empty"),
    (values.input_file(), "/nonexistent", "'/nonexistent': No such file or directory"),
    (values.input_file(), "", "is empty"),
]


@pytest.mark.parametrize(("parse", "text", "value"), GOOD)
def test_values(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "problem"), BAD)
def test_texts_that_are_no_value(parse: Callable[[str], Any], text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert str(caught.value) == problem


PARSERS = [row[0] for row in GOOD] + [row[0] for row in BAD]


@pytest.mark.slow
@given(st.text(max_size=200))
def test_any_text_is_a_value_or_one_short_line(text: str) -> None:
    for parse in PARSERS:
        problem = ""
        try:
            parse(text)
        except ValueError as error:
            problem = str(error)
        assert len(problem.splitlines()) <= 1
        assert len(problem) < 400


@pytest.mark.parametrize(
    ("parse", "value", "text"),
    [
        (values.duration_s(), 90.0, "1m30s"),
        (values.size_bytes(), MIB, "1M"),
        (values.size_bytes(), 1000, "1000"),
        (values.number(), 3.0, "3"),
        (values.comma_list(), ("a", "b"), "a,b"),
    ],
)
def test_a_value_is_printed_as_it_may_be_written(
    parse: values.ValueParser[Any], value: object, text: str
) -> None:
    assert parse.render(value) == text
    assert parse(text) == value


def test_a_folder_is_no_input_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Is a directory"):
        values.input_file()(str(tmp_path))
