"""One run over several workers: exact counts, one result, and nobody who dies unseen."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loadtester.hey import saved
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.result_json import encode_result
from tests.loadtester.distributed.workers import Cluster, cluster
from tests.loadtester.load.servers import serving

pytestmark = pytest.mark.slow


def _until_load(running: Cluster, wanted: int, answered: list[Any]) -> None:
    """Until every worker makes load, and the server has seen some of each."""
    deadline = time.monotonic() + 60
    while len(running.load_processes()) < wanted or len(answered) < 30:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_sums_hold_and_the_schedule_is_the_one_of_a_single_machine(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    words = ["--rate", "40..120/1s,120/1s", "-c", "6", "--threshold", "error_rate<1%"]
    with serving() as server, cluster(3) as running:
        done = running.hey(3, *words, "-z", "2s", "--save", str(file), server.url)
        out, err = done.communicate(timeout=100)
        assert done.returncode == 0, out + err
        for worker in running.workers:
            assert worker.wait(20) == 0
        heads = len(server.heads)
    result = saved.read(file)
    workers = result.plan["workers"]
    assert len({worker["name"] for worker in workers}) == 3
    assert sum(worker["sent"] for worker in workers) == result.counts.sent == heads == 200
    assert sum(worker["completed"] for worker in workers) == result.counts.completed
    assert max(w["sent"] for w in workers) - min(w["sent"] for w in workers) <= 1
    assert result.counts.check()
    assert result.response_time.count == result.counts.completed
    buckets = encode_result(result)["response_time"]["counts"][1::2]
    assert sum(buckets) == result.counts.completed + result.counts.errors
    assert result.health.processes == 3
    assert not result.interrupted


@pytest.mark.parametrize("victim", ["worker", "load process"])
def test_a_worker_that_dies_is_said_and_nothing_passes(tmp_path: Path, victim: str) -> None:
    file = tmp_path / "run.json"
    words = ["--rate", "40", "-c", "4", "-z", "6s", "--threshold", "error_rate<50%"]
    with serving() as server, cluster(2) as running:
        hey = running.hey(2, *words, "--save", str(file), server.url)
        _until_load(running, 2, server.heads)
        pid = running.workers[0].pid if victim == "worker" else running.load_processes()[0]
        os.kill(pid, signal.SIGKILL)
        out, err = hey.communicate(timeout=100)
    assert hey.returncode == 130, out + err
    assert "1 worker is missing" in err
    result = saved.read(file)
    lost = [worker for worker in result.plan["workers"] if "lost" in worker]
    assert len(lost) == 1
    assert result.interrupted
    assert result.verdict.limit is Limit.GENERATOR
    assert lost[0]["name"] in result.verdict.reason
    counted = Counter(sent=sum(w.get("sent", 0) for w in result.plan["workers"]))
    assert counted["sent"] == result.counts.sent > 0
    assert json.loads(file.read_text())["outcome"] == "interrupted"


def test_an_interrupt_ends_all_with_what_they_have(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    with serving() as server, cluster(2) as running:
        words = ["--rate", "40", "-c", "4", "-z", "60s", "--save", str(file)]
        hey = running.hey(2, *words, server.url)
        _until_load(running, 2, server.heads)
        hey.send_signal(signal.SIGINT)
        out, err = hey.communicate(timeout=60)
        assert hey.returncode == 130, out + err
        for worker in running.workers:
            assert worker.wait(20) == 0
    result = saved.read(file)
    assert result.interrupted
    assert all(worker["sent"] for worker in result.plan["workers"])
    assert result.counts.check()


def test_too_few_workers_are_one_line_and_nothing_is_sent() -> None:
    with serving() as server, cluster(1) as running:
        hey = running.hey(2, "-c", "2", "--worker-wait", "4s", server.url)
        out, err = hey.communicate(timeout=60)
        assert (hey.returncode, out) == (1, "")
        assert "hey: 1 of 2 workers came within 4 s" in err
        assert not server.heads


def test_what_a_worker_cannot_carry_out_is_one_line(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    with serving() as server, cluster(1) as running:
        certificate.write_text("none")
        hey = running.hey(1, "--cacert", str(certificate), server.url.replace("http:", "https:"))
        _, err = hey.communicate(timeout=60)
        assert hey.returncode == 2
        assert err.startswith("hey: worker ")
        assert not server.heads
