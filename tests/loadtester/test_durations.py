import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.durations import parse_ns, parse_s, render_ns, render_s


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("10s", 10_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1.5h", 5_400_000_000_000),
        (".5s", 500_000_000),
        ("5.s", 5_000_000_000),
        ("500ms", 500_000_000),
        ("2us", 2_000),
        ("2µs", 2_000),
        ("-3m", -180_000_000_000),
        ("+3m", 180_000_000_000),
        ("0.3s", 300_000_000),
        ("1h1ns", 3_600_000_000_001),
    ],
)
def test_parses_what_go_parses(text: str, nanoseconds: int) -> None:
    assert parse_ns(text) == nanoseconds
    assert parse_s(text) == nanoseconds / 1e9


@pytest.mark.parametrize(
    "text", ["", "5", "s", "1 s", "1x", "-", "1s2", "1e3s", ".s", "300000h300000000h"]
)
def test_refuses_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_ns(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (60_000_000_000, "1m0s"),
        (3_600_000_000_000, "1h0m0s"),
        (245_000_000_000, "4m5s"),
        (-1_500_000_000, "-1.5s"),
    ],
)
def test_prints_as_go_prints(nanoseconds: int, text: str) -> None:
    assert render_ns(nanoseconds) == text


def test_prints_seconds() -> None:
    assert render_s(0.25) == "250ms"


@given(st.integers(min_value=-(1 << 62), max_value=1 << 62))
def test_what_is_printed_is_parsed_back(nanoseconds: int) -> None:
    assert parse_ns(render_ns(nanoseconds)) == nanoseconds
