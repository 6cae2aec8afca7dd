import urllib.request

import pytest

from loadtester.hey.selfcheck import (
    Ceiling,
    Machine,
    SelfCheck,
    Step,
    ceiling,
    machine,
    null_server,
    selfcheck,
    step,
)
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.result import RunResult
from tests.loadtester.report.runs import made_run


def run_at(rate: int, *, answered: int, late_ms: float) -> RunResult:
    run = made_run({200: [1.0] * answered}, model="open", wait_ms=late_ms, wall_s=1.0)
    run.counts.planned = rate
    run.verdict = Verdict(Limit.OK, "")
    return run


def held(rate: int, was_held: bool) -> Step:
    return Step(rate, rate, 0, 0, 0.1, was_held)


def test_a_rate_is_held_when_it_is_answered_and_on_time() -> None:
    assert step(100, run_at(100, answered=99, late_ms=0.1)).was_held
    assert not step(100, run_at(100, answered=98, late_ms=0.1)).was_held
    assert not step(100, run_at(100, answered=100, late_ms=2)).was_held


def test_a_rate_is_not_held_when_the_verdict_says_so() -> None:
    run = run_at(100, answered=100, late_ms=0.1)
    run.verdict = Verdict(Limit.GENERATOR, "busy")
    assert not step(100, run).was_held


def test_the_ceiling_is_per_second_and_per_cpu_second() -> None:
    run = made_run({200: [1.0] * 100}, wall_s=2.0)
    run.health.cpu_s = 0.5
    assert ceiling(run) == Ceiling(50.0, 200.0, 0)


@pytest.mark.parametrize(
    ("steps", "trusted"),
    [((True, True, True), 3), ((True, False, True), 1), ((False,), 0), ((), 0)],
)
def test_only_rates_below_the_first_that_failed_are_trusted(
    steps: tuple[bool, ...], trusted: int
) -> None:
    found = tuple(held(rate, was_held) for rate, was_held in enumerate(steps, 1))
    assert SelfCheck(machine(), Ceiling(0, 0, 0), found).trusted_rps == trusted


def test_the_machine_is_described() -> None:
    found = machine()
    assert found.cpus >= 1
    assert found.open_files > 0


def test_the_null_server_responds_and_ends_with_who_started_it() -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with null_server() as url, opener.open(url, timeout=10) as response:
        assert response.read() == b"ok"
    with pytest.raises(OSError):
        opener.open(url, timeout=10)


@pytest.mark.slow
def test_a_check_measures_in_order_and_stops_at_the_first_rate_not_held() -> None:
    found = list(selfcheck(0.1, 1))
    assert isinstance(found[0], Machine)
    assert isinstance(found[1], Ceiling)
    assert found[1].requests_per_s > 0
    steps = [part for part in found[2:] if isinstance(part, Step)]
    assert [part.rate_rps for part in steps] == sorted({part.rate_rps for part in steps})
    assert all(part.was_held for part in steps[:-1])
