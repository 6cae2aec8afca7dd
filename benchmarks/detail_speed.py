"""Requests per second of /catalogDetail, as shipped, against bare uvicorn in the same run.

    python -m benchmarks.detail_speed [rounds] [seconds]

Every server runs alone on the first core, wrk on the last. The rounds interleave the servers, so
that a noisy minute falls on all of them; the table shows medians and, for each, the median of its
ratios to bare uvicorn in the same round. The processor time that the server spent on a request is
the steadier figure on a machine that is busy with other things as well.
"""

import functools
import importlib.util
import statistics
import sys
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from benchmarks.detail_processes import (
    Rate,
    detail,
    free_port,
    other_server,
    require,
    rival,
    serving,
    wrk,
)

SERVERS: Mapping[str, Callable[[int], list[str]]] = {
    "bare ASGI, two lines": lambda port: rival("bare", port),
    "detail as shipped": detail,
    "detail, a fault armed elsewhere": detail,
    "detail, access log": lambda port: detail(port, "--access-log"),
    "Starlette route": lambda port: rival("starlette_route", port),
    "FastAPI route, ready Response": lambda port: rival("fastapi_response", port),
    "FastAPI route, dict": lambda port: rival("fastapi_dict", port),
}
BASE = "bare ASGI, two lines"
OTHERS = ("granian", "hypercorn")
ARMED = "/injectFault?kind=status&path=/elsewhere"


def main(rounds: int = 5, seconds: int = 3) -> None:
    """Measure and print."""
    require("wrk", "taskset")
    servers = {**SERVERS, **others()}
    found: dict[str, list[Rate]] = {name: [] for name in servers}
    with ExitStack() as stack:
        ports = {name: free_port() for name in servers}
        pids = {
            name: stack.enter_context(serving(command(ports[name]), ports[name]))
            for name, command in servers.items()
        }
        arm(ports["detail, a fault armed elsewhere"])
        for name in servers:
            wrk(ports[name], pids[name], 1)
        for _ in range(rounds):
            for name in servers:
                found[name].append(wrk(ports[name], pids[name], seconds))
    report(found)


def others() -> dict[str, Callable[[int], list[str]]]:
    """The other servers that are installed, with the same two lines of ASGI."""
    there = {name for name in OTHERS if importlib.util.find_spec(name) is not None}
    for name in sorted(set(OTHERS) - there):
        print(f"{name}: not installed, skipped")
    return {f"bare ASGI on {name}": functools.partial(other_server, name) for name in sorted(there)}


def arm(port: int) -> None:
    """Start a fault that matches no request of the benchmark."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{ARMED}") as response:
        assert response.status == 201


def report(found: Mapping[str, list[Rate]]) -> None:
    """One line per server; the ratios are of speed, so more is better in both."""
    print(f"{'':32} {'requests/s':>10} {'of bare':>8} {'cpu per request':>16} {'of bare':>8}")
    for name, rates in found.items():
        pairs = list(zip(rates, found[BASE], strict=True))
        speed = statistics.median(rate.per_s for rate in rates)
        speed_ratio = statistics.median(rate.per_s / base.per_s for rate, base in pairs)
        cpu = statistics.median(rate.cpu_us for rate in rates)
        cpu_ratio = statistics.median(base.cpu_us / rate.cpu_us for rate, base in pairs)
        print(f"{name:32} {speed:10,.0f} {speed_ratio:8.2f} {cpu:13.0f} us {cpu_ratio:8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5, int(sys.argv[2]) if sys.argv[2:] else 3)
