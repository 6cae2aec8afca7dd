"""The whole tutorial, with real processes: order of events, traffic, versions, nothing left."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rehearsing import Rehearsing, rehearsing

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


def test_all_four_acts_end_as_told(played: tuple[Rehearsing, Any, Path]) -> None:
    run, report, _ = played
    assert [(act["act"], act["as_told"]) for act in report] == [
        ("bootstrap", True),
        ("promotion", True),
        ("rollback", True),
        ("retry", True),
    ], report
    assert run.process.returncode == 0
    assert "All acts ended as told." in run.errors


def test_the_log_reads_as_the_tutorial_s(played: tuple[Rehearsing, Any, Path]) -> None:
    lines = [json.loads(line) for line in played[0].output.splitlines()]
    assert all({"level", "ts", "msg", "canary"} <= set(line) for line in lines)
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
    for act, version in ((played[1][1], "2"), (played[1][3], "3")):
        for weight in (5, 10, 15):
            met = Counter(act["versions_by_weight"][str(weight)])
            assert met.total() > 60
            share, total = weight / 100, met.total()
            deviation = math.sqrt(total * share * (1 - share))
            assert abs(met[version] - total * share) < 5 * deviation


def test_the_page_says_the_version_that_was_promoted(
    played: tuple[Rehearsing, Any, Path],
) -> None:
    assert [act["version"] for act in played[1]] == ["1", "2", "2", "3"]


def test_only_the_faulted_act_hurt_people(played: tuple[Rehearsing, Any, Path]) -> None:
    bootstrap, promotion, rollback, retry = played[1]
    for act in (bootstrap, promotion, retry):
        assert act["failures"] == 0, act["failure_examples"]
    assert rollback["visits"] > 100
    assert rollback["failures"] < rollback["visits"] * 0.1
    assert "met an error" in played[0].errors


def test_the_commands_of_the_drill_were_run_as_written(
    played: tuple[Rehearsing, Any, Path],
) -> None:
    errors = played[0].errors
    assert "http://detail-canary.flagger:3000/injectFault" in errors
    assert "hey -z 1m -c 5 -q 5 http://detail-canary.flagger:3000/catalogDetail" in errors
    assert re.search(r"\[500\]\t\d+ responses", errors)


def test_nothing_is_left(played: tuple[Rehearsing, Any, Path]) -> None:
    run, _, folder = played
    assert run.none_left() == {}
    assert sorted(path.name for path in folder.iterdir()) == ["err.txt", "out.txt", "report.json"]


def test_the_traces_join_both_services(played: tuple[Rehearsing, Any, Path]) -> None:
    errors = played[0].errors
    assert re.search(r"client -> Frontend-Node +\d+ calls", errors)
    for version in "123":
        assert re.search(rf"client -> Product-Detail-V{version} +\d+ calls", errors)
    assert re.search(r"Frontend-Node -> Product-Detail-V2 +\d+ calls", errors)
