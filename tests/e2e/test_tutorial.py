"""The whole tutorial, with real processes: order of events, traffic, versions, nothing left."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rehearsing import Rehearsing, rehearsing
from tests.k8s.cluster import K8S

pytestmark = pytest.mark.e2e

BOOTSTRAP = ["Initialization done! detail.flagger"]
STARTED = [
    "New revision detected! Scaling up detail.flagger",
    "Starting canary analysis for detail.flagger",
    "Pre-rollout check acceptance-test passed",
    "Advance detail.flagger canary weight 5",
]
PROMOTED = [
    *STARTED,
    "Advance detail.flagger canary weight 10",
    "Advance detail.flagger canary weight 15",
    "Copying detail.flagger template spec to detail-primary.flagger",
    "Routing all traffic to primary",
    "Promotion completed! Scaling down detail.flagger",
]
ROLLED_BACK = [
    *STARTED,
    "Halt detail.flagger advancement success rate N% < 99%",
    "Rolling back detail.flagger failed checks threshold reached 1",
    "Canary failed! Scaling down detail.flagger",
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rehearsing, Any, Path]]:
    folder = tmp_path_factory.mktemp("tutorial")
    report = folder / "report.json"
    with rehearsing("tutorial", "--format", "json", "--report", str(report), folder=folder) as run:
        run.wait()
        yield run, json.loads(report.read_text()), folder


def test_all_four_steps_pass(played: tuple[Rehearsing, Any, Path]) -> None:
    run, report, _ = played
    assert [(step["step"], step["state"], step["ending"]) for step in report["steps"]] == [
        ("bootstrap", "passed", "initialized"),
        ("promotion", "passed", "promoted"),
        ("rollback", "passed", "rolled-back"),
        ("retry", "passed", "promoted"),
    ], report["steps"]
    assert run.process.returncode == report["exit_code"] == 0
    assert report["state"] == "passed"
    assert "All steps passed." in run.errors


def test_the_log_reads_as_the_tutorial_s(played: tuple[Rehearsing, Any, Path]) -> None:
    lines = [json.loads(line) for line in played[0].output.splitlines()]
    assert all({"level", "ts", "caller", "msg"} <= set(line) for line in lines)
    events = [line for line in lines if line["caller"].startswith("controller/events.go")]
    assert {line["canary"] for line in events} == {"detail.flagger"}
    said = [
        re.sub(r"\d+\.\d\d%", "N%", line["msg"])
        for line in events
        if "not ready: waiting for rollout" not in line["msg"]
        and line["msg"] != "all the metrics providers are available!"
    ]
    assert said == BOOTSTRAP + PROMOTED + ROLLED_BACK + PROMOTED


def test_the_success_rate_was_measured(played: tuple[Rehearsing, Any, Path]) -> None:
    rates = re.findall(r"success rate (\d+\.\d\d)% < 99%", played[0].output)
    assert len(rates) == 1
    assert 1 < float(rates[0]) < 99


def test_weights_are_seen_in_the_traffic(played: tuple[Rehearsing, Any, Path]) -> None:
    """Within five standard deviations of the weight."""
    for step in (played[1]["steps"][1], played[1]["steps"][3]):
        for weight in (5, 10, 15):
            sides = step["requests_by_weight"][str(weight)]
            total, share = sides["primary"] + sides["canary"], weight / 100
            assert total > 60
            spread = math.sqrt(total * share * (1 - share))
            assert abs(sides["canary"] - total * share) <= 5 * spread


def test_only_the_faulted_step_fails_requests(played: tuple[Rehearsing, Any, Path]) -> None:
    bootstrap, promotion, rollback, retry = played[1]["steps"]
    for step in (bootstrap, promotion, retry):
        assert step["failed_requests"] == 0, step["failure_examples"]
    assert rollback["requests"] > 100
    assert rollback["failed_requests"] < rollback["requests"] * 0.1
    assert re.search(r"rollback +passed +\d+ requests", played[0].errors)


def test_the_recording_holds_what_was_decided(played: tuple[Rehearsing, Any, Path]) -> None:
    records = played[1]["records"]
    weights = [r["canary_weight"] for r in records if r["kind"] == "weight"]
    assert weights == [0, 5, 10, 15, 0, 5, 0, 5, 10, 15, 0]
    phases = [r["phase"] for r in records if r["kind"] == "status"]
    assert [p for p, before in zip(phases, ["", *phases], strict=False) if p != before][-1] == (
        "Succeeded"
    )
    values = [r["value"] for r in records if r["kind"] == "metric"]
    assert all(value is not None for value in values)
    assert {r["kind"] for r in records} >= {"event", "gauge", "snapshot", "traffic", "replica"}


def test_the_commands_of_the_scenario_were_run_as_written(
    played: tuple[Rehearsing, Any, Path],
) -> None:
    errors = played[0].errors
    assert "http://detail-canary.flagger:3000/injectFault" in errors
    assert "hey -z 1m -c 5 -q 5 http://detail-canary.flagger:3000/catalogDetail" in errors
    assert re.search(r"\[500\]\t\d+ responses", errors)


def test_the_fault_inside_detail_has_reached_somebody(played: tuple[Rehearsing, Any, Path]) -> None:
    run, report, _ = played
    for step in report["steps"]:
        faults = step["faults"]
        assert [fault["fault"] for fault in faults] == (
            ["status inside detail"] if step["step"] == "rollback" else []
        )
        assert all(0 < fault["delivered"] <= fault["matched"] for fault in faults)
    assert "fault (status inside detail): reached " in run.errors


def test_nothing_is_left(played: tuple[Rehearsing, Any, Path]) -> None:
    run, _, folder = played
    assert run.none_left() == {}
    assert sorted(path.name for path in folder.iterdir()) == ["err.txt", "out.txt", "report.json"]


def test_the_map_of_the_rollback_joins_services_and_proxies(
    played: tuple[Rehearsing, Any, Path],
) -> None:
    """In the picture of the tutorial: version 3 fails, while version 2 does not."""
    told = played[0].errors.partition("Service map of the rollback")[2].partition("Steps")[0]
    lines: dict[str, tuple[str, str]] = {}
    for line in told.partition("The slowest failing trace")[0].splitlines():
        name, bar, figures = re.match(r"[ │├└]*(\S*) *([━╍┅█]*)(.*)", line).groups()  # type: ignore[union-attr]
        lines.setdefault(name, (bar, figures))
    assert {
        "client", "gateway", "Frontend-Node", "frontend.flagger",
        "detail-primary.flagger", "Product-Detail-V2", "detail.flagger", "Product-Detail-V3",
    } <= set(lines)  # fmt: skip
    bar, figures = lines["Product-Detail-V2"]
    assert set(bar) == {"━"}
    assert "all ok" in figures
    bar, figures = lines["Product-Detail-V3"]
    assert "█" in bar
    assert "faults" in figures


def test_it_ends_with_the_slowest_failing_trace(played: tuple[Rehearsing, Any, Path]) -> None:
    told = played[0].errors.partition("The slowest failing trace of the rollback")[2]
    lines = told.partition("Steps")[0].splitlines()[1:]
    assert re.match(r"  1-[0-9a-f]{8}-[0-9a-f]{24}  GET http", lines[0])
    assert re.search(r"Product-Detail-V3 +fault 500 ", told)
    assert max(map(len, lines)) <= 100


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_overlay_of_the_kubernetes_page_can_be_rehearsed(tmp_path: Path) -> None:
    """The Canary that docs/kubernetes.md walks, whose checks read the application's own metrics."""
    canary = K8S / "overlays/kubernetes/canary.yaml"
    arguments = ("run", "-f", str(canary), "-f", str(K8S / "base/detail"), "--set", "image=2.0")
    with rehearsing(*arguments, "--expect", "promoted", folder=tmp_path) as run:
        assert run.wait(200) == 0, run.output + run.errors
        assert "Advance detail.flagger canary iteration 5/5" in run.output
