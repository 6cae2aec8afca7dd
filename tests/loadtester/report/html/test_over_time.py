import re

import pytest

from loadtester.report.html.over_time import latency_over_time, responses_over_time
from tests.loadtester.report.runs import MS, SECOND, made_run


def points(chart: str, css: str) -> list[list[tuple[float, float]]]:
    found = re.findall(rf'class="line {css}" points="(.*?)"', chart)
    return [[tuple(map(float, p.split(","))) for p in line.split()] for line in found]  # type: ignore[misc]


def heights(chart: str, css: str) -> list[float]:
    return [float(h) for h in re.findall(rf'class="bar {css}".*? height="([\d.]+)"', chart)]


def test_a_second_in_which_nothing_ended_breaks_the_line() -> None:
    run = made_run({200: []}, wall_s=5)
    for second in (0, 1, 3, 4):
        run.timeline.slot(second * SECOND).response_time.record(10 * MS)
    assert [len(piece) for piece in points(latency_over_time(run), "p50")] == [2, 2]


def test_slower_is_higher_and_later_is_further_right() -> None:
    run = made_run({200: []}, wall_s=2)
    for number, time in ((0, 10 * MS), (1, 90 * MS)):
        run.timeline.slot(number * SECOND).response_time.record(time)
    ((first, second),) = points(latency_over_time(run), "max")
    assert second[0] > first[0]
    assert second[1] < first[1]


def test_a_last_second_that_was_not_whole_is_a_rate_all_the_same() -> None:
    run = made_run({200: []}, wall_s=2.5)
    for second, count in ((0, 100), (1, 100), (2, 50)):
        run.timeline.slot(second * SECOND).completed = count
    first, middle, last = heights(responses_over_time(run), "responses")
    assert first == middle == pytest.approx(last)


def test_a_sliver_of_a_second_is_no_rate() -> None:
    run = made_run({200: []}, wall_s=1.01)
    for second in (0, 1):
        run.timeline.slot(second * SECOND).completed = 10
    assert len(heights(responses_over_time(run), "responses")) == 1


def test_failures_stand_on_responses_and_are_in_the_legend_when_there_are_any() -> None:
    run = made_run({200: []}, wall_s=1)
    slot = run.timeline.slot(0)
    slot.completed = 75
    assert "without a response</li>" not in responses_over_time(run)
    slot.errors = 25
    chart = responses_over_time(run)
    assert "without a response</li>" in chart
    (answered,), (failed,) = heights(chart, "responses"), heights(chart, "failed")
    assert answered == pytest.approx(3 * failed, rel=0.01)


def test_responses_of_5xx_are_failures_too() -> None:
    run = made_run({200: []}, wall_s=1)
    slot = run.timeline.slot(0)
    slot.completed, slot.server_errors = 100, 25
    chart = responses_over_time(run)
    assert "failed: 5xx" in chart
    (answered,), (failed,) = heights(chart, "responses"), heights(chart, "failed")
    assert answered == pytest.approx(3 * failed, rel=0.01)


def test_it_is_said_which_time_is_drawn() -> None:
    assert "service time</li>" in latency_over_time(made_run({200: [1.0]}))
    paced = made_run({200: [1.0]}, model="open")
    assert "response time, from the planned moment</li>" in latency_over_time(paced)
    paced.plan["pacing"] = {"model": "closed", "qps_per_connection": 5.0}
    assert "response time, from the planned moment</li>" in latency_over_time(paced)
