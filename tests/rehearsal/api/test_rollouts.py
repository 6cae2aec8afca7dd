"""Rollouts as functions: the simulated world, and what is refused before the live one starts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal import rehearse, simulate
from rehearsal.errors import UserError
from rehearsal.faults import Fault
from tests.rehearsal.api.manifests import write_manifests

GATE = {
    "name": "approval",
    "type": "confirm-promotion",
    "url": "http://flagger-loadtester.prod/gate/check",
}


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    return write_manifests(tmp_path / "shop.yaml")


def test_a_healthy_candidate_is_promoted(manifests: Path) -> None:
    run = simulate(manifests)
    assert (run.promoted, run.rolled_back, run.ending) == (True, False, "promoted")
    assert (run.failed_requests, run.complaints, run.why()) == (0, (), ())
    assert run.weights == (0, 20, 40, 0)
    assert run.tick(2).metric("request-success-rate") == 100
    assert run.messages[-1] == "Promotion completed! Scaling down shop.prod"


@pytest.mark.parametrize("fault", ["errors=5%", Fault("abort", 5.0)])
def test_a_broken_candidate_is_rolled_back(manifests: Path, fault: Any) -> None:
    run = simulate(manifests, faults=[fault])
    assert run.rolled_back
    assert 0 < run.failed_requests < run.requests
    assert run.why()[0].startswith("Halt shop.prod advancement success rate 95.00%")
    assert "rolled-back; Halt" in repr(run)
    assert "Canary failed!" in str(run)


def test_one_fault_may_be_given_without_a_list(manifests: Path) -> None:
    assert simulate(manifests, faults="errors=5%").rolled_back


def test_a_closed_gate_is_no_ending_and_an_opened_one_lets_pass(tmp_path: Path) -> None:
    file = write_manifests(tmp_path / "gated.yaml", webhooks=(GATE,))
    waiting = simulate(file)
    assert (waiting.promoted, waiting.rolled_back, waiting.ending) == (False, False, "")
    assert waiting.complaints
    assert simulate(file, open_gates_after=3).promoted


def test_it_runs_inside_an_event_loop_too(manifests: Path) -> None:
    async def inside() -> bool:
        return simulate(manifests).promoted

    assert asyncio.run(inside())


@settings(max_examples=25)
@given(percent=st.floats(0.01, 100), rate=st.floats(1, 500))
def test_ticks_partition_the_rollout(percent: float, rate: float) -> None:
    root = Path(__file__).parents[3]
    run = simulate(root / "k8s/overlays/istio", faults=[Fault("abort", percent)], traffic=rate)
    assert run.promoted != run.rolled_back
    assert [tick.number for tick in run.ticks] == list(range(len(run.ticks)))
    assert run.tick(0).messages[0].startswith("New revision detected!")
    assert run.messages[-sum(len(t.events) for t in run.ticks) :] == tuple(
        message for tick in run.ticks for message in tick.messages
    )
    assert run.rolled_back == (run.tick(2).metric("request-success-rate") < 99)


def test_what_was_not_checked_or_never_ticked_is_said(manifests: Path) -> None:
    run = simulate(manifests)
    with pytest.raises(LookupError, match="tick 0 checked no metric, not request-success-rate"):
        run.tick(0).metric("request-success-rate")
    with pytest.raises(LookupError, match="tick 2 checked request-success-rate, not other"):
        run.tick(2).metric("other")
    for number in (-1, len(run.ticks)):
        with pytest.raises(IndexError, match=f"no tick {number}, only 0 to"):
            run.tick(number)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "nothing changes"),
        ({"candidate": "bash -c x", "faults": ["errors=200%"]}, "not a share"),
        ({"candidate": "bash -c x", "traffic": "fast"}, "RATE/s"),
        ({"candidate": "bash -c x", "traffic": 0.0}, "RATE/s"),
        ({"candidate": "bash -c x", "canary": "other"}, "contains no Canary other"),
        ({"candidate": "bash -c x", "speed": 99}, "highest speed"),
        ({"candidate": "no-such-program {port}"}, "no-such-program"),
    ],
)
def test_mistakes_are_said_before_anything_starts(
    manifests: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        rehearse(manifests, **{"stable": "bash -c x", **options})


@pytest.mark.parametrize("traffic", [0.0, -1.0, float("nan"), float("inf")])
def test_simulated_traffic_has_limits(manifests: Path, traffic: float) -> None:
    with pytest.raises(UserError, match="traffic"):
        simulate(manifests, traffic=traffic)


@pytest.mark.parametrize("ending", ["html", "json", "md", "xml"])
def test_reports_are_written(manifests: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"report.{ending}"
    simulate(manifests).write_report(file)
    assert "shop.prod" in file.read_text()
    with pytest.raises(UserError, match="its name must end in"):
        simulate(manifests).write_report(tmp_path / "report.doc")
