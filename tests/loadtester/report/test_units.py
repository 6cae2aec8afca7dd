import pytest

from loadtester.report.units import human_bytes, human_count, human_share, human_time


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "0"), (900, "900 ns"), (1_234, "1.23 µs"), (12_345_678, "12.3 ms"), (1e9, "1 s"),
     (999_600, "1 ms"), (123.4e9, "123 s")],
)  # fmt: skip
def test_times_have_three_digits_and_a_unit(nanoseconds: float, text: str) -> None:
    assert human_time(nanoseconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (7, "7"), (9.96, "10.0"), (24.9985, "25.0"), (12345.6, "12,346")]
)
def test_counts_have_commas(value: float, text: str) -> None:
    assert human_count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (14_324_400, "14.3 MB")]
)
def test_bytes_step_by_a_thousand(value: float, text: str) -> None:
    assert human_bytes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0%"), (1, "100%"), (0.025, "2.5%"), (0.00001, "<0.01%"), (0.99999, ">99.99%")],
)
def test_shares_are_nothing_or_all_only_when_they_are(value: float, text: str) -> None:
    assert human_share(value) == text
