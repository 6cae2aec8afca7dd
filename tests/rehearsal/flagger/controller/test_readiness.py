"""Readiness: the order of the reasons, their words, and when waiting stops to help."""

from dataclasses import replace

import pytest

from rehearsal.flagger.controller.errors import NotReady
from rehearsal.flagger.controller.readiness import check_daemon_set, check_deployment, share
from rehearsal.flagger.controller.workload import (
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
)

READY = DeploymentStatus(1, 3, 3, 3)
DEADLINE = DeploymentCondition("Progressing", "False", "ProgressDeadlineExceeded")
PROGRESSING = DeploymentCondition("Progressing", "True", "ReplicaSetUpdated")
UNAVAILABLE = DeploymentCondition("Available", "False", "MinimumReplicasUnavailable", 100.0)


def verdict(
    status: DeploymentStatus, generation: int = 1, threshold: int = 100, now_s: float = 0.0
) -> tuple[str, bool] | None:
    try:
        check_deployment(
            "detail",
            generation,
            3,
            status,
            deadline_s=60,
            ready_threshold=threshold,
            now_s=now_s,
        )
    except NotReady as error:
        return str(error), error.retriable
    return None


def test_ready() -> None:
    assert verdict(READY) is None


@pytest.mark.parametrize(
    ("status", "generation", "text"),
    [
        (
            replace(READY, conditions=(DEADLINE,)),
            2,
            "observed deployment generation less than desired generation",
        ),
        (DeploymentStatus(1, 5, 2, 0), 1, "2 out of 3 new replicas have been updated"),
        (DeploymentStatus(1, 5, 3, 0), 1, "2 old replicas are pending termination"),
        (
            DeploymentStatus(1, 3, 3, 2),
            1,
            "2 of 3 (readyThreshold 100%) updated replicas are available",
        ),
    ],
)
def test_the_first_reason_wins(status: DeploymentStatus, generation: int, text: str) -> None:
    assert verdict(status, generation) == (f"waiting for rollout to finish: {text}", True)


def test_the_deadline_of_kubernetes_is_final_and_comes_before_the_counts() -> None:
    status = DeploymentStatus(1, 5, 2, 0, (DEADLINE,))
    assert verdict(status) == ('deployment "detail" exceeded its progress deadline', False)


@pytest.mark.parametrize(("now_s", "retriable"), [(159.0, True), (160.0, True), (160.5, False)])
def test_the_deadline_of_the_canary(now_s: float, retriable: bool) -> None:
    status = DeploymentStatus(1, 3, 3, 0, (PROGRESSING, UNAVAILABLE))
    found = verdict(status, now_s=now_s)
    assert found is not None
    assert found[1] is retriable


def test_without_a_progressing_condition_there_is_no_deadline() -> None:
    found = verdict(DeploymentStatus(1, 3, 3, 0, (UNAVAILABLE,)), now_s=1e6)
    assert found is not None
    assert found[1] is True


def test_threshold() -> None:
    assert verdict(DeploymentStatus(1, 3, 3, 1), threshold=50) is None
    found = verdict(DeploymentStatus(1, 3, 3, 1), threshold=70)
    assert found is not None
    assert "1 of 2 (readyThreshold 70%)" in found[0]


@pytest.mark.parametrize(
    ("replicas", "shares"),
    [
        (7, [0, 0, 0, 0, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 7]),
        (10, [0, 0, 1, 1, 2, 3, 5, 5, 6, 7, 7, 9, 9, 9, 10]),
        (100, [1, 7, 10, 14, 29, 33, 50, 57, 66, 70, 75, 90, 95, 99, 100]),
        (300, [3, 21, 30, 42, 87, 99, 150, 171, 198, 210, 225, 270, 285, 297, 300]),
    ],
)
def test_shares_are_those_of_gos_float32(replicas: int, shares: list[int]) -> None:
    percents = (1, 7, 10, 14, 29, 33, 50, 57, 66, 70, 75, 90, 95, 99, 100)
    assert [share(replicas, percent) for percent in percents] == shares


def daemon_verdict(
    status: DaemonSetStatus, now_s: float = 0.0, generation: int = 1
) -> tuple[str, bool] | None:
    try:
        check_daemon_set(
            generation, status, deadline_s=60, ready_threshold=100, since_s=0.0, now_s=now_s
        )
    except NotReady as error:
        return str(error), error.retriable
    return None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (DaemonSetStatus(0, 3, 3, 3), "observed daemonset generation less than desired generation"),
        (DaemonSetStatus(1, 3, 1, 0), "1 out of 3 new pods have been updated"),
        (
            DaemonSetStatus(1, 3, 3, 2),
            "2 of 3 (readyThreshold 100%) updated pods are available",
        ),
    ],
)
def test_daemon_set(status: DaemonSetStatus, text: str) -> None:
    assert daemon_verdict(status) == (f"waiting for rollout to finish: {text}", True)


def test_daemon_set_deadline_runs_from_the_last_transition() -> None:
    text = "exceeded its progressDeadlineSeconds: 60"
    assert daemon_verdict(DaemonSetStatus(1, 3, 1, 0), now_s=60.5) == (text, False)
    assert daemon_verdict(DaemonSetStatus(1, 3, 3, 3), now_s=1e6) is None
