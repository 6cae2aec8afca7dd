import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xray_local.pages import wording
from xray_local.pages.wording import amount, block, duration, fitted, percent, two_lines, width_px


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 µs"),
        (0.000412, "412 µs"),
        (0.0009996, "1.00 ms"),
        (0.0123, "12.3 ms"),
        (0.0999, "99.9 ms"),
        (0.99951, "1.00 s"),
        (1.239, "1.24 s"),
        (150.0, "2 min 30 s"),
        (8_000.0, "2 h"),
        (-1.0, "?"),
        (float("nan"), "?"),
        (float("inf"), "?"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "12 ms"), (0.00123, "1.2 ms"), (0.0999, "100 ms"), (2.0, "2.0 s"), (-1.0, "?")],
)
def test_durations_where_room_is_scarce(seconds: float, text: str) -> None:
    assert wording.short_duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (4.24, "4.2"), (10.4, "10"), (9_994, "9994"), (12_345, "12k"), (2.5e6, "2.5M")],
)
def test_amounts(value: float, text: str) -> None:
    assert amount(value) == text


def test_a_share_is_all_or_none_only_when_it_is() -> None:
    assert [percent(x) for x in (0.0, 1e-6, 0.9999, 1.0)] == ["0 %", "0.1 %", "99.9 %", "100 %"]


def test_moments_are_utc_and_bounded() -> None:
    assert wording.moment(1.5) == "00:00:01.500"
    assert wording.date_and_moment(-5.0) == "1970-01-01 00:00:00.000"
    assert wording.date_and_moment(1e300).startswith("9999-12-31")
    assert [wording.age(s) for s in (-3.0, 59.4, 120.0, 9e3)] == [
        "0 s ago", "59 s ago", "2 min ago", "2 h ago"
    ]  # fmt: skip


@settings(max_examples=30)
@given(st.text(max_size=120), st.integers(20, 300))
def test_texts_fit(text: str, most_px: int) -> None:
    assert width_px(fitted(text, most_px, 12), 12) <= most_px
    for line in two_lines(text, most_px, 12):
        assert width_px(line, 12) <= most_px
        assert line.isprintable()


@given(st.text(max_size=200))
def test_blocks_keep_their_lines(text: str) -> None:
    shown = block(text, 100)
    assert len(shown) <= 100
    assert all(line.isprintable() for line in shown.split("\n"))


def test_names_break_where_their_words_do() -> None:
    assert two_lines("detail-primary.flagger", 110, 12) == ("detail-primary.", "flagger")
