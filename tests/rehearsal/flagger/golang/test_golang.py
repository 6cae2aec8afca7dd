"""Go's printing and parsing. The expected values are what go1.26 printed."""

import pytest

from rehearsal.flagger.golang import (
    DurationError,
    format_duration,
    format_float,
    marshal_json,
    parse_duration_ns,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (99.0, "99"),
        (99.5, "99.5"),
        (-2.5, "-2.5"),
        (100.0, "100"),
        (999999.5, "999999.5"),
        (500000.0, "500000"),
        (1e6, "1e+06"),
        (1234567.0, "1.234567e+06"),
        (123456789.0, "1.23456789e+08"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e20, "1e+20"),
        (1e21, "1e+21"),
        (1e100, "1e+100"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_floats(value: float, text: str) -> None:
    assert format_float(value) == text


@pytest.mark.parametrize(
    ("text", "ns", "printed"),
    [
        ("1h", 3_600_000_000_000, "1h0m0s"),
        ("1m30s", 90_000_000_000, "1m30s"),
        (".5s", 500_000_000, "500ms"),
        ("1.5m", 90_000_000_000, "1m30s"),
        ("-1s", -1_000_000_000, "-1s"),
        ("+1s", 1_000_000_000, "1s"),
        ("1.s", 1_000_000_000, "1s"),
        ("0", 0, "0s"),
        ("1515ms", 1_515_000_000, "1.515s"),
        ("515ms", 515_000_000, "515ms"),
        ("65s", 65_000_000_000, "1m5s"),
        ("1500ns", 1500, "1.5µs"),
        ("1h1m1.000000001s", 3_661_000_000_001, "1h1m1.000000001s"),
        ("9223372036854775807ns", 9223372036854775807, "2562047h47m16.854775807s"),
    ],
)
def test_durations(text: str, ns: int, printed: str) -> None:
    assert parse_duration_ns(text) == ns
    assert format_duration(ns) == printed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("15", 'time: missing unit in duration "15"'),
        ("", 'time: invalid duration ""'),
        ("x", 'time: invalid duration "x"'),
        ("1x", 'time: unknown unit "x" in duration "1x"'),
        (".s", 'time: invalid duration ".s"'),
        ("1e3s", 'time: unknown unit "e" in duration "1e3s"'),
        ("1 s", 'time: unknown unit " s" in duration "1 s"'),
        ("1minute", 'time: unknown unit "minute" in duration "1minute"'),
        ("3000000h", 'time: invalid duration "3000000h"'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
    ],
)
def test_durations_that_go_refuses(text: str, error: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration_ns(text)
    assert str(caught.value) == error


def test_json_escapes_what_html_would_read_and_sorts_nested_keys() -> None:
    metadata = {"b": 'x && y > z \u2028 é \x7f \x01 \t \b \f \\ " /', "a": "1"}
    assert marshal_json({"z": metadata}).decode() == (
        '{"z":{"a":"1","b":"x \\u0026\\u0026 y \\u003e z \\u2028 é \x7f \\u0001 \\t \\b \\f'
        ' \\\\ \\" /"}}'
    )
