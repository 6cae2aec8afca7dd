"""Go's durations. The expected values are what go1.26 printed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.durations import (
    DurationError,
    format_duration_ns,
    format_duration_s,
    parse_duration_ns,
    parse_duration_s,
)
from tests.growth import assert_linear


@pytest.mark.parametrize(
    ("text", "ns", "printed"),
    [
        ("0", 0, "0s"),
        ("-0", 0, "0s"),
        ("10s", 10_000_000_000, "10s"),
        ("1h", 3_600_000_000_000, "1h0m0s"),
        ("1m30s", 90_000_000_000, "1m30s"),
        ("1.5h", 5_400_000_000_000, "1h30m0s"),
        (".5s", 500_000_000, "500ms"),
        ("5.s", 5_000_000_000, "5s"),
        ("1.5m", 90_000_000_000, "1m30s"),
        ("-1s", -1_000_000_000, "-1s"),
        ("+1s", 1_000_000_000, "1s"),
        ("0.3s", 300_000_000, "300ms"),
        ("2us", 2_000, "2µs"),
        ("2µs", 2_000, "2µs"),
        ("2μs", 2_000, "2µs"),
        ("1h1ns", 3_600_000_000_001, "1h0m0.000000001s"),
        ("1515ms", 1_515_000_000, "1.515s"),
        ("65s", 65_000_000_000, "1m5s"),
        ("1500ns", 1500, "1.5µs"),
        ("1s1s1s", 3_000_000_000, "3s"),
        ("0.9223372036854775807h", 3_320_413_933_267, "55m20.413933267s"),
        ("0.100000000000000000000h", 360_000_000_000, "6m0s"),
        ("0.3333333333333333333h", 1_200_000_000_000, "20m0s"),
        ("9223372036854775807ns", 9223372036854775807, "2562047h47m16.854775807s"),
        ("-9223372036854775808ns", -9223372036854775808, "-2562047h47m16.854775808s"),
    ],
)
def test_durations(text: str, ns: int, printed: str) -> None:
    assert parse_duration_ns(text) == ns
    assert parse_duration_s(text) == ns / 1e9
    assert format_duration_ns(ns) == printed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("15", 'time: missing unit in duration "15"'),
        ("1s2", 'time: missing unit in duration "1s2"'),
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("x", 'time: invalid duration "x"'),
        ("s", 'time: invalid duration "s"'),
        ("1x", 'time: unknown unit "x" in duration "1x"'),
        (".s", 'time: invalid duration ".s"'),
        ("1e3s", 'time: unknown unit "e" in duration "1e3s"'),
        ("1 s", 'time: unknown unit " s" in duration "1 s"'),
        ("1minute", 'time: unknown unit "minute" in duration "1minute"'),
        ("1\né", 'time: unknown unit "\\x0a\\xc3\\xa9" in duration "1\\x0a\\xc3\\xa9"'),
        ('1"\\', 'time: unknown unit "\\"\\\\" in duration "1\\"\\\\"'),
        ("3000000h", 'time: invalid duration "3000000h"'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
        ("300000h300000000h", 'time: invalid duration "300000h300000000h"'),
        ("٣s", 'time: invalid duration "\\xd9\\xa3s"'),
    ],
)
def test_durations_that_go_refuses(text: str, error: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration_ns(text)
    assert str(caught.value) == error


@given(st.integers(min_value=-(1 << 63), max_value=(1 << 63) - 1))
def test_what_is_printed_is_parsed_back(ns: int) -> None:
    # Go's own fraction is a float: below a second it may lose nothing, above it has nine digits.
    assert parse_duration_ns(format_duration_ns(ns)) == ns


@given(st.text(alphabet="0123456789.hmnsuµ-+ex ", max_size=40))
def test_any_text_is_a_duration_or_a_duration_error(text: str) -> None:
    try:
        ns = parse_duration_ns(text)
    except DurationError:
        return
    assert -(1 << 63) <= ns < 1 << 63


@pytest.mark.parametrize("part", ["1ns", "9", "0.1h", "."])
def test_a_long_text_takes_linear_time(part: str) -> None:
    def spend(count: int) -> None:
        with contextlib.suppress(DurationError):
            parse_duration_ns(part * count + "s")

    assert_linear(spend, 32_000)


def test_seconds() -> None:
    assert format_duration_s(0.25) == "250ms"
