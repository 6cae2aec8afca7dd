"""hey and wrk, the real ones, against the same server: the same counts, the same latencies.

The server decides the latencies: 20 ms, and 100 ms for one request in five. Whatever this machine
adds, it adds to all three; the last percent is left to its noise.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.loadtester.hey.conftest import REAL_HEY, Server, real_hey, start

WRK = shutil.which("wrk") or ""
ALIKE = 2
"""Two tools differ by no more than this factor; the two latencies differ by one of five."""


def ours(*arguments: str) -> dict[str, Any]:
    out, _ = start(["-o", "json", *arguments], {"no_proxy": "*"}).communicate(timeout=60)
    document: dict[str, Any] = json.loads(out)
    return document


def quantile(document: dict[str, Any], percent: str) -> float:
    value: float = document["latency_s"]["responses"]["percentiles"][percent]
    return value


def alike(one: float, other: float) -> bool:
    return 1 / ALIKE < one / other < ALIKE


@pytest.mark.slow
@pytest.mark.skipif(not Path(REAL_HEY).exists(), reason="hey is not installed")
def test_hey_agrees_on_counts_and_latencies(server: Server) -> None:
    arguments = ("-n", "200", "-c", "4", f"{server.url}/uneven")
    document = ours(*arguments)
    sent = len(server.received)
    printed = real_hey(*arguments)
    latencies = dict(re.findall(r"  (\d+)% in ([\d.]+) secs", printed))
    assert document["summary"]["statuses"] == {"200": 200}
    assert (sent, len(server.received)) == (200, 400)
    assert "[200]\t200 responses" in printed
    for percent in ("50", "90", "95"):
        assert alike(quantile(document, percent), float(latencies[percent]))


@pytest.mark.slow
@pytest.mark.skipif(not WRK, reason="wrk is not installed")
def test_wrk_agrees_on_counts_and_latencies(server: Server) -> None:
    url = f"{server.url}/uneven"
    document = ours("-z", "2s", "-c", "4", url)
    assert document["summary"]["statuses"] == {"200": len(server.received)}
    command = [WRK, "-t1", "-c4", "-d2s", "--latency", url]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    latencies = {
        percent: float(value) / {"us": 1e6, "ms": 1e3, "s": 1}[unit]
        for percent, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)\b", printed)
    }
    counted = int(re.findall(r"(\d+) requests in", printed)[0])
    assert alike(counted, document["summary"]["statuses"]["200"])
    for percent in ("50", "90"):
        assert alike(quantile(document, percent), latencies[percent])


def test_the_server_agrees_on_every_count(server: Server) -> None:
    document = ours("--rate", "200", "-z", "2s", "-c", "8", f"{server.url}/503")
    assert document["result"]["counts"]["planned"] == 400
    assert document["summary"]["statuses"] == {"503": len(server.received)}
    assert len(server.received) == 400
