import pytest

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Missing
from loadtester.thresholds.measures.volume import find
from tests.loadtester.report.runs import made_run


def value(name: str, unit: Unit, run: RunResult) -> float | Missing:
    measure = find(name)
    assert measure is not None
    return measure.read(run, unit)


def test_the_rate_is_of_responses_per_second_or_of_the_plan() -> None:
    run = made_run({200: [1.0] * 90}, model="open", wall_s=1.0)
    run.counts.planned, run.wall_ns = 100, 3_000_000_000
    assert value("rate", Unit.NUMBER, run) == pytest.approx(90)
    assert value("rate", Unit.SHARE, run) == 0.9


def test_the_closed_model_has_no_window_but_the_whole_run() -> None:
    run = made_run({200: [1.0] * 90}, wall_s=3.0)
    assert value("rate", Unit.NUMBER, run) == pytest.approx(30)


def test_what_did_not_leave_is_counted() -> None:
    run = made_run({200: [1.0] * 8}, model="open")
    run.counts.planned, run.counts.dropped, run.counts.unsent = 10, 1, 1
    assert value("requests", Unit.NUMBER, run) == 8
    assert value("dropped", Unit.SHARE, run) == 0.1
    assert value("unsent", Unit.NUMBER, run) == 1
