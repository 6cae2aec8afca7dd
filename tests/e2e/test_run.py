"""`rehearse run` with applications that are not ours, from the first process to the exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.applications import go_server, java_server, node_server, python_server
from tests.e2e.rehearsing import Rehearsing, rehearsing

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PROBE = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1}


def write_manifests(folder: Path, hooks: list[dict[str, Any]] | None = None, **spec: Any) -> Path:
    """A Canary of `shop.prod` over App Mesh in steps of 20, and its Deployment."""
    analysis = {
        "interval": "10s",
        "threshold": 2,
        "maxWeight": 40,
        "stepWeight": 20,
        "metrics": [
            {"name": "request-success-rate", "interval": "30s", "thresholdRange": {"min": 99}}
        ],
        "webhooks": hooks or [],
    }
    canary = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {
            "provider": "appmesh:v1beta2",
            "progressDeadlineSeconds": 60,
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "service": {"port": 8080, "targetPort": "http"},
            "analysis": analysis,
            **spec,
        },
    }
    container = {
        "name": "shop",
        "image": "shop:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": PROBE,
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "shop"}},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": "shop"}},
                "spec": {"containers": [container]},
            },
        },
    }
    file = folder / "all.yaml"
    file.write_text(yaml.safe_dump_all([canary, deployment]))
    return file


def _words(manifests: Path, stable: str, candidate: str, *more: str) -> tuple[str, ...]:
    commands = ("--stable", stable, "--candidate", candidate)
    return ("run", "-f", str(manifests), *commands, "--speed", "5", *more)


def _report(folder: Path) -> Any:
    return json.loads((folder / "r.json").read_text())


SERVERS: list[Callable[[Path], str]] = [python_server, node_server, java_server]


@pytest.mark.parametrize("server", SERVERS)
def test_a_good_candidate_is_promoted_and_nobody_notices(
    tmp_path: Path, server: Callable[[Path], str]
) -> None:
    command = server(tmp_path)
    words = _words(write_manifests(tmp_path), command, f"{command} new")
    report = ("--report", str(tmp_path / "r.json"))
    with rehearsing(*words, *report, folder=tmp_path) as run:
        assert run.wait() == 0, run.output + run.errors
        assert run.none_left() == {}
    rollout = _report(tmp_path)["steps"][1]
    assert rollout["ending"] == "promoted"
    assert rollout["failed_requests"] == 0, rollout["failure_examples"]
    assert set(rollout["requests_by_weight"]) >= {"20", "40"}


def test_a_candidate_that_fails_is_rolled_back(tmp_path: Path) -> None:
    command = python_server(tmp_path)
    words = _words(write_manifests(tmp_path), command, f"{command} fail")
    report = ("--report", str(tmp_path / "r.json"))
    with rehearsing(*words, *report, folder=tmp_path) as run:
        assert run.wait() == 3, run.output + run.errors
        assert run.none_left() == {}
    rollout = _report(tmp_path)["steps"][1]
    assert rollout["ending"] == "rolled-back"
    assert rollout["failed_requests"] > 0


def test_a_fault_in_front_of_the_candidate_is_delivered_and_noticed(tmp_path: Path) -> None:
    command = python_server(tmp_path)
    load = {
        "url": "http://flagger-loadtester.prod/",
        "metadata": {"cmd": "hey -z 1m -q 10 -c 2 http://shop-canary.prod:8080/buy"},
    }
    hooks = [
        {"name": "warm-up", "type": "pre-rollout", **load},
        {"name": "load", "type": "rollout", **load},
    ]
    words = _words(write_manifests(tmp_path, hooks), command, f"{command} new")
    faults = ("--fault", "errors=30%,path=/buy,status=503", "--expect", "rolled-back")
    report = ("--report", str(tmp_path / "r.json"))
    with rehearsing(*words, *faults, *report, folder=tmp_path) as run:
        assert run.wait() == 0, run.output + run.errors
        assert "status 503 for 30 % of requests on /buy" in run.output
    (fault,) = _report(tmp_path)["steps"][1]["faults"]
    assert 0 < fault["delivered"] < fault["matched"]


def test_a_candidate_that_never_gets_ready_ends_as_on_a_cluster(tmp_path: Path) -> None:
    command = go_server(tmp_path)
    words = _words(write_manifests(tmp_path), command, f"{command} never-ready")
    with rehearsing(*words, folder=tmp_path) as run:
        assert run.wait() == 3, run.output + run.errors
        assert "not ready: waiting for rollout to finish" in run.output
        assert "Canary failed! Scaling down shop.prod" in run.output
        assert "Rolling back" not in run.output


def test_a_candidate_that_crashes_is_restarted_and_rolled_back(tmp_path: Path) -> None:
    command = python_server(tmp_path)
    candidate = f"{command} --crash; echo bad flag; exit 3"
    words = _words(write_manifests(tmp_path), command, f"false {candidate}")
    with rehearsing(*words, folder=tmp_path) as run:
        assert run.wait() == 3, run.output + run.errors
        assert run.output.count("ended with exit code 3: bad flag") > 2


def test_hooks_find_the_cluster_by_name_in_any_program(tmp_path: Path) -> None:
    """A program that heeds no proxy: bash's own sockets."""
    command = python_server(tmp_path)
    ask = (
        "exec 3<>/dev/tcp/shop-canary.prod.svc.cluster.local/8080;"
        r" printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3; grep -q ok <&3"
    )
    hook = {
        "name": "smoke",
        "type": "pre-rollout",
        "url": "http://tester.tools/",
        "metadata": {"type": "bash", "cmd": ask},
    }
    words = _words(write_manifests(tmp_path, [hook]), command, f"{command} new")
    with rehearsing(*words, folder=tmp_path) as run:
        code = run.wait()
        if "Pre-rollout check smoke passed" not in run.output:
            assert "mount namespace" in run.output, run.output
        else:
            assert code == 0
        assert "tester.tools is this project's load tester here" in run.output


def test_a_gate_waits_until_it_is_opened(tmp_path: Path) -> None:
    command = python_server(tmp_path)
    hook = {
        "name": "ask",
        "type": "confirm-promotion",
        "url": "http://flagger-loadtester.prod/gate/check",
    }
    words = _words(
        write_manifests(tmp_path, [hook]), command, f"{command} new", "--open-after", "2"
    )
    with rehearsing(*words, folder=tmp_path) as run:
        assert run.wait() == 0, run.output + run.errors
        waited, opened = (
            run.output.index(text)
            for text in ("waiting for promotion approval ask", "gate of shop.prod opened")
        )
        assert waited < opened < run.output.index("Confirm-promotion check ask passed")


def test_five_rehearsals_at_once_do_not_meet(tmp_path: Path) -> None:
    """Slowly, since five share one machine: what matters is that none sees another."""
    runs: list[Rehearsing] = []
    for number in range(5):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = python_server(folder)
        words = _words(write_manifests(folder), command, f"{command} new")
        slower = ("--speed", "2", "--traffic", "10/s")
        runs.append(Rehearsing((*words, *slower), folder, {}))
    try:
        codes = [run.wait() for run in runs]
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.process.terminate()
                run.process.wait(20)
    assert codes == [0] * 5, [run.output[-800:] + run.errors for run in runs]
    assert all(run.none_left() == {} for run in runs)
