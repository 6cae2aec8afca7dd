from fractions import Fraction

import pytest

from loadtester.hey.numbers import integer, rational, share


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200", 200),
        ("0", 0),
        ("+5", 5),
        ("-3", -3),
        ("0x1F", 31),
        ("010", 8),
        ("0o17", 15),
        ("1_000", 1000),
        ("0b101", 5),
        ("9223372036854775807", (1 << 63) - 1),
    ],
)
def test_reads_integers_as_go_does(text: str, value: int) -> None:
    assert integer(text) == value


@pytest.mark.parametrize(
    "text", ["", "1.5", "1e3", " 1", "0x", "08", "1__0", "x", "9223372036854775808"]
)
def test_refuses_what_go_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        integer(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", Fraction(5)), (".5", Fraction(1, 2)), ("1e3", Fraction(1000)), ("0.1", Fraction(1, 10))],
)
def test_reads_numbers_exactly(text: str, value: Fraction) -> None:
    assert rational(text) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "1s", " 1", "1/0", "1_0"])
def test_refuses_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        rational(text)


def test_reads_a_share_in_percent_or_not() -> None:
    assert (share("5%"), share("0.05"), share("100%")) == (0.05, 0.05, 1.0)
    with pytest.raises(ValueError, match="negative"):
        share("-5%")
