import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.quantities import format_seconds, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80ms", 0.08),
        ("1.5s", 1.5),
        ("2m", 120),
        ("1h", 3600),
        ("250us", 0.00025),
        ("3", 3),
        (4, 4),
    ],
)
def test_durations(text: object, value: float) -> None:
    assert parse_duration(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "ms", "-1s", "1 s", "1d", "1e3", "٣s", "inf", "nan", "1.s", None, True, [], -1,
             float("nan"), float("inf")]
)  # fmt: skip
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="a duration like 80ms"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "value"), [("4096", 4096), ("64KiB", 65536), ("1MB", 10**6), ("1.5KiB", 1536), (7, 7)]
)
def test_sizes(text: object, value: int) -> None:
    assert parse_size(text) == value


@given(st.floats(1e-4, 1e5))
def test_what_is_shown_can_be_read_again(value: float) -> None:
    assert parse_duration(format_seconds(value)) == pytest.approx(value, rel=1e-5)
