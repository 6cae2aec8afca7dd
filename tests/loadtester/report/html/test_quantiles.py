import itertools
import re

import pytest

from loadtester.report.base import Report
from loadtester.report.html.quantiles import latency_by_quantile
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run

RUN = made_run({200: [float(k) for k in range(1, 1001)]})


def curve(chart: str, css: str) -> list[tuple[float, float]]:
    (points,) = re.findall(rf'class="line {css}" points="(.*?)"', chart)
    pairs = (p.split(",") for p in points.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_the_curve_only_rises() -> None:
    points = curve(latency_by_quantile(Report(RUN)), "service")
    assert len(points) > 100
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        assert next_x >= x
        assert next_y <= y


def test_each_nine_has_the_same_room() -> None:
    chart = latency_by_quantile(Report(RUN))
    at = dict(re.findall(r'x="([\d.]+)" y="[\d.]+" text-anchor="middle">([\d.]+%)', chart))
    x = {name: float(pixel) for pixel, name in at.items()}
    assert x["99%"] - x["90%"] == pytest.approx(x["90%"] - x["0%"], abs=0.2)
    assert x["99.9%"] - x["99%"] == pytest.approx(x["90%"] - x["0%"], abs=0.2)


def test_service_time_stands_beside_response_time_only_when_there_was_a_schedule() -> None:
    assert "line response" not in latency_by_quantile(Report(RUN))
    chart = latency_by_quantile(Report(made_run({200: [5.0] * 20}, model="open", wait_ms=50)))
    assert min(y for _, y in curve(chart, "response")) < min(y for _, y in curve(chart, "service"))


def test_a_bound_below_the_curve_failed_and_drawn_below_it() -> None:
    report = Report(RUN, judge(read_thresholds(["p90<100ms"]), RUN))
    chart = latency_by_quantile(report)
    ((x, y),) = re.findall(r'class="dot failed" cx="([\d.]+)" cy="([\d.]+)"', chart)
    beside = min(curve(chart, "service"), key=lambda point: abs(point[0] - float(x)))
    assert float(y) > beside[1]
