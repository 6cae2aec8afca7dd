"""Real hey and real wrk against the same server: counts must agree, latency within noise."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import Exchange, serving


def outside(program: str) -> str:
    """The program, but not the one of this environment: our own `hey` is no oracle."""
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != own)
    found = shutil.which(program, path=path)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


async def in_20_ms(exchange: Exchange) -> None:
    """A known latency, far above the noise of the machine; one response in four is a 503."""
    await asyncio.sleep(0.02 if exchange.number % 10 else 0.1)
    status = b"200 OK" if exchange.number % 4 else b"503 Busy"
    await exchange.respond(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok" % status)


def quantiles_s(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


def test_hey_counts_and_measures_the_same() -> None:
    hey = outside("hey")
    with serving(in_20_ms) as server:
        command = [hey, "-n", "200", "-c", "4", "-o", "csv", server.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(",") for line in output.splitlines()[1:] if line]
    with serving(in_20_ms) as server:
        result = run_blocking(closed(server.url, requests=200, connections=4))
    theirs = {status: sum(row[6] == status for row in rows) for status in ("200", "503")}
    ours = {str(status): tally.count for status, tally in result.statuses.items()}
    assert ours == theirs
    p50, p95 = quantiles_s([float(row[0]) for row in rows])
    assert result.service_time.quantile(0.5) / 1e9 == pytest.approx(p50, rel=0.5)
    assert result.service_time.quantile(0.95) / 1e9 == pytest.approx(p95, rel=0.5)


@pytest.mark.slow
def test_wrk_counts_and_measures_the_same() -> None:
    wrk = outside("wrk")
    with serving(in_20_ms) as server:
        command = [wrk, "-t1", "-c4", "-d2s", "--latency", server.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        seen = len(server.heads)
    counted = re.search(r"(\d+) requests in", output)
    median = re.search(r"50%\s+([0-9.]+)ms", output)
    assert counted is not None
    assert median is not None
    assert seen - 4 <= int(counted[1]) <= seen
    with serving(in_20_ms) as server:
        result = run_blocking(closed(server.url, ms=2000, connections=4))
        assert result.counts.completed == len(server.heads)
    assert result.counts.completed == pytest.approx(int(counted[1]), rel=0.5)
    assert result.service_time.quantile(0.5) / 1e6 == pytest.approx(float(median[1]), rel=0.5)


def test_the_benchmark_of_the_engine_tells_counts() -> None:
    """The child that `benchmarks.load_speed` runs against the other tools."""
    with serving() as server:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load_speed", "--closed", server.url, "1"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(done.stdout)["completed"] == len(server.heads) > 0
    assert time.monotonic() - started > 1
