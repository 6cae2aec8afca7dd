import pytest
from hdrh.histogram import HdrHistogram

from loadtester.load.measuring.histogram import Histogram
from loadtester.report.base import Report
from loadtester.report.hgrm import render, spectrum
from tests.loadtester.report.runs import made_run


def rows(text: str) -> list[list[float]]:
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0].isdigit()]
    return [[float(word.replace("inf", "0")) for word in line.split()] for line in lines]


def test_every_row_agrees_with_hdrhistogram() -> None:
    times, theirs = Histogram(), HdrHistogram(1, 3_600_000_000, 3)
    for k in range(1, 5001):
        times.record(k * k * 1000)
        theirs.record_value(k * k)
    ours = rows(spectrum(times))
    assert len(ours) > 50
    for value, share, *_ in ours:
        expected = theirs.get_value_at_percentile(share * 100) / 1000
        assert abs(value - expected) <= 0.002 * expected + 0.001


def test_steps_halve_towards_the_worst_request() -> None:
    times = Histogram()
    for k in range(1000):
        times.record(k)
    shares = [share for _, share, *_ in rows(spectrum(times))]
    assert shares[:11] == pytest.approx([*(k / 10 for k in range(6)), 0.55, 0.6, 0.65, 0.7, 0.75])


def test_the_last_row_is_the_slowest_and_counts_everyone() -> None:
    text = render(Report(made_run({200: [1.0] * 99 + [500.0]})))
    last = rows(text)[-1]
    assert last == [500.0, 1.0, 100]
    assert "#[Max     =      500.000, Total count    =          100]" in text


def test_a_schedule_shows_response_time() -> None:
    text = render(Report(made_run({200: [1.0]}, model="open", wait_ms=9)))
    assert rows(text)[-1][0] == 10.0


def test_nothing_measured_is_an_empty_spectrum() -> None:
    assert rows(spectrum(Histogram())) == []
