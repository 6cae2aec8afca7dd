import math
from xml.etree import ElementTree

import pytest

from xray_local.pages.comparison import histogram_svg, lines, shared_axis, shares, summary
from xray_local.service_graph import Histogram, Statistics


def _histogram(*durations_s: float) -> Histogram:
    histogram = Histogram()
    for duration_s in durations_s:
        histogram.add(duration_s)
    return histogram


def _statistics(fault: int, *durations_s: float) -> Statistics:
    ok = len(durations_s) - fault
    return Statistics(ok=ok, fault=fault, durations=_histogram(*durations_s))


def test_both_sides_have_one_axis() -> None:
    quick, slow = _histogram(0.001, 0.002), _histogram(0.5, 0.9)
    axis = shared_axis([quick, slow])
    assert axis.least_s < 0.001 < 0.9 < axis.most_s
    assert [sum(shares(one, axis)) for one in (quick, slow)] == [1.0, 1.0]
    first, second = (shares(one, axis) for one in (quick, slow))
    assert max(i for i, x in enumerate(first) if x) < min(i for i, x in enumerate(second) if x)


def test_no_step_of_the_axis_is_skipped_by_the_buckets() -> None:
    even = _histogram(*(0.001 * 1.02**n for n in range(400)))
    axis = shared_axis([even])
    filled = [bool(share) for share in shares(even, axis)]
    first, last = filled.index(True), len(filled) - filled[::-1].index(True)
    assert all(filled[first:last])


@pytest.mark.parametrize("durations", [(), (0.0,), (1e-9, 1e9), (0.02,)])
def test_any_durations_have_an_axis(durations: tuple[float, ...]) -> None:
    histogram = _histogram(*durations)
    axis = shared_axis([histogram, Histogram()])
    assert 0 < axis.least_s < axis.most_s
    assert axis.steps >= 12
    svg = histogram_svg('<a "b">', histogram, axis, max(shares(histogram, axis)), "first")
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        for name in ("x", "y", "width", "height", "x1", "x2"):
            assert math.isfinite(float(element.get(name, "0")))


def test_a_table_says_who_is_worse() -> None:
    first = _statistics(0, *(0.010 for _ in range(100)))
    second = _statistics(30, *(0.025 for _ in range(100)))
    found = {line.name: line for line in lines(first, second)}
    assert (found["Requests"].first, found["Requests"].difference) == ("100", "")
    assert (found["Faults (5xx)"].second, found["Faults (5xx)"].difference) == (
        "30.0 %", "+30.0 points"
    )  # fmt: skip
    assert (found["Faults (5xx)"].worse, found["Average"].worse) == ("second", "second")
    assert found["Average"].difference == "+150 %"
    assert found["Errors (4xx)"].worse == ""
    turned = {line.name: line.worse for line in lines(second, first)}
    assert (turned["Faults (5xx)"], turned["p99"]) == ("first", "first")


def test_one_side_without_requests() -> None:
    found = {line.name: line for line in lines(_statistics(0, 0.01), Statistics())}
    assert (found["p50"].second, found["p50"].difference, found["p50"].worse) == ("-", "", "")
    assert summary(Histogram()) == "no requests"
