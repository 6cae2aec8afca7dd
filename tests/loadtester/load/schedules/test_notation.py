from fractions import Fraction

import pytest

from loadtester.load.errors import PlanError
from loadtester.load.schedules.notation import parse_positive_ns, parse_rate, render_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [("100", Fraction(100)), ("0.1", Fraction(1, 10)), ("7/3", Fraction(7, 3)), (" 1e2 ", 100)],
)
def test_rates_are_exact(text: str, rate: Fraction) -> None:
    assert parse_rate(text, "x") == rate


@pytest.mark.parametrize("text", ["", "fast", "1/0", "-1", "nan", "inf", "1/s"])
def test_what_is_no_rate_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(PlanError, match="stage 2"):
        parse_rate(text, "stage 2")


@pytest.mark.parametrize("text", ["", "5", "0s", "-1s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="burst"):
        parse_positive_ns(text, "burst")


@pytest.mark.parametrize("text", ["100", "0.1", "7/3", "1/3", "123456.789"])
def test_rendering_is_the_inverse(text: str) -> None:
    assert parse_rate(render_rate(Fraction(text)), "x") == Fraction(text)
