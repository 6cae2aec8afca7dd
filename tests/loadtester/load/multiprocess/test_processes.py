"""Several processes: one schedule, exact counts, one result, and nobody left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from loadtester.load import schedules
from loadtester.load.errors import PlanError
from loadtester.load.measuring.health import Limit
from loadtester.load.observer import Snapshot, StopSignal
from loadtester.load.plan import TlsOptions, Transport
from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed, opened
from tests.loadtester.load.servers import serving


def shard_pids() -> list[int]:
    """The children of this process that are shards."""
    pids = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and b"loadtester.load.multiprocess.shard" in command:
            pids.append(int(entry.name))
    return pids


def test_the_number_of_requests_is_exact_and_shared() -> None:
    with serving() as server:
        result = run_blocking(closed(server.url, requests=101, connections=5, processes=2))
    assert result.counts.completed == len(server.heads) == 101
    assert result.counts.check()
    assert result.health.processes == 2
    assert server.connections == 5
    assert shard_pids() == []


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["200", "poisson:200", "100..300/500ms,300/200ms"])
def test_the_shards_of_a_schedule_make_up_the_schedule(schedule: str) -> None:
    with serving() as server:
        plan = opened(server.url, schedule, ms=600, connections=6, record_cap=500)
        alone = run_blocking(plan)
        together = run_blocking(
            opened(server.url, schedule, ms=600, connections=6, record_cap=500, processes=3)
        )
    assert together.counts.planned == alone.counts.planned
    for result in (alone, together):
        counts = result.counts
        assert counts.check()
        times = [schedules.parse(schedule).planned_ns(k) for k in range(counts.planned)]
        sent = Counter(r.offset_ns - (r.response_ns - r.service_ns) for r in result.records)
        assert sent <= Counter(times)
        assert sent.total() == counts.planned - counts.unsent


def test_snapshots_add_up_and_stopping_reaches_every_process() -> None:
    seen: list[Snapshot] = []
    stop = StopSignal()

    def watch(snapshot: Snapshot) -> None:
        seen.append(snapshot)
        if snapshot.completed > 20:
            stop.request()

    with serving() as server:
        plan = opened(server.url, "100", ms=60_000, connections=4, processes=2)
        result = run_blocking(plan, observer=watch, stop=stop)
    assert seen
    assert result.interrupted
    assert 20 < result.counts.completed == len(server.heads) < 6000
    assert result.counts.check()


def test_a_plan_that_cannot_be_carried_out_is_told_as_from_one_process() -> None:
    transport = Transport(tls=TlsOptions(ca_file="/nowhere/ca.pem"))
    plan = closed("https://x/", requests=4, connections=2, processes=2, transport=transport)
    with pytest.raises(PlanError, match="/nowhere"):
        run_blocking(plan)
    assert shard_pids() == []


def test_a_process_that_dies_does_not_take_the_others_with_it() -> None:
    def kill_one() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if len(pids := shard_pids()) == 2 and len(server.heads) > 10:
                os.kill(pids[0], signal.SIGKILL)
                return
            time.sleep(0.02)

    with serving() as server:
        killer = threading.Thread(target=kill_one)
        killer.start()
        result = run_blocking(opened(server.url, "100", ms=1500, connections=4, processes=2))
        killer.join()
    assert result.verdict.limit is Limit.GENERATOR
    assert "died" in result.verdict.reason
    assert 0 < result.counts.completed <= 75


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_and_reports(number: signal.Signals, processes: int) -> None:
    program = textwrap.dedent("""
        import sys
        from loadtester.load.run import run_blocking
        from tests.loadtester.load.plans import opened
        plan = opened(sys.argv[1], "50", ms=60_000, connections=4, processes=int(sys.argv[2]))
        result = run_blocking(plan)
        print(result.interrupted, result.counts.check(), result.counts.completed)
    """)
    with serving() as server:
        process = subprocess.Popen(
            [sys.executable, "-c", program, server.url, str(processes)],
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 20
        while len(server.heads) < 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    interrupted, whole, completed = output.split()
    assert (interrupted, whole) == ("True", "True")
    assert 10 <= int(completed) == len(server.heads)
