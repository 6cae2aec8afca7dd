"""The load engine beside hey and wrk: requests per CPU second, and how well a rate is held.

    python -m benchmarks.load_speed [seconds per run] [rounds]

One core generates (taskset), nginx answers from the other on loopback. The tools take turns, so
that noise hits all of them; the table tells the median. CPU seconds are those of the run; for
hey and wrk, which start at once, those of the process. A missing tool is skipped with a word.
"""

import contextlib
import functools
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from commons.units import NS_PER_MS, NS_PER_S
from loadtester.load import schedules
from loadtester.load.plan import (
    ClosedPacing,
    LoadPlan,
    OpenPacing,
    RequestSpec,
    StopCondition,
    TlsOptions,
    Transport,
)
from loadtester.load.run import run_blocking

CONNECTIONS = 50
GENERATOR_CORE, TARGET_CORE = "0", "1"
RATES = (1_000, 5_000, 10_000, 20_000, 50_000)
ROOT = Path(__file__).parents[1]
COMPILED = ROOT / "build" / "compiled"
GOALS = {"hey -cpus 1": 2.5, "wrk -t1": 0.7}
NGINX = """
daemon off; worker_processes 1; error_log {home}/error.log; pid {home}/pid;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
    client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home};
    uwsgi_temp_path {home}; scgi_temp_path {home};
    server {{
        listen 127.0.0.1:{port} backlog=4096{listen};
        {extra}
        location / {{ return 200 "hello, canary\\n"; }}
    }}
}}
"""


@dataclass(frozen=True)
class Run:
    """What one run of a tool did."""

    requests: int
    cpu_s: float
    wall_s: float

    @property
    def per_cpu_s(self) -> float:
        """Requests per CPU second."""
        return self.requests / self.cpu_s


@contextlib.contextmanager
def nginx(listen: str = "", extra: str = "") -> Iterator[str]:
    """A web server on the target's core; yields its URL. More words for `listen`, more lines."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "nginx.conf"
        config.write_text(NGINX.format(home=home, port=port, listen=listen, extra=extra))
        command = ["taskset", "-c", TARGET_CORE, "nginx", "-p", home, "-c", str(config)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield f"{'https' if 'ssl' in listen else 'http'}://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit("nginx did not start")


def timed(command: list[str], count: Callable[[str], int]) -> Run:
    """Run a program on the generator's core."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        ["taskset", "-c", GENERATOR_CORE, *command], capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = re.search(r'"cpu_ms": ([0-9.]+), "wall_ms": ([0-9.]+)', done.stdout)
    wall_s = time.monotonic() - started
    if told:
        cpu_s, wall_s = float(told[1]) / 1e3, float(told[2]) / 1e3
    return Run(count(done.stdout), cpu_s, wall_s)


def engine_path() -> str:
    """Where the quickest engine that is there is imported from."""
    return f"{COMPILED}{os.pathsep}{ROOT}" if COMPILED.is_dir() else str(ROOT)


def counted(pattern: str) -> Callable[[str], int]:
    return lambda output: sum(int(found) for found in re.findall(pattern, output))


def tools(url: str, seconds: int) -> dict[str, Callable[[], Run]]:
    """How to run each tool that is there, closed model, as fast as it goes."""
    ours = [sys.executable, "-P", "-m", "benchmarks.load_speed", "--closed", url, str(seconds)]
    hey = ["hey", "-cpus", "1", "-c", str(CONNECTIONS), "-z", f"{seconds}s", url]
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
    known = {
        "this engine": (["env", f"PYTHONPATH={ROOT}", *ours], counted(r'"completed": (\d+)')),
        "compiled": (
            ["env", f"PYTHONPATH={engine_path()}", *ours],
            counted(r'"completed": (\d+)'),
        ),
        "hey -cpus 1": (hey, counted(r"\[200\]\t(\d+) responses")),
        "wrk -t1": (wrk, counted(r"(\d+) requests in")),
    }
    if not COMPILED.is_dir():
        del known["compiled"]
        print("compiled: not built (scripts/compile), skipped")
    found: dict[str, Callable[[], Run]] = {}
    for name, (command, count) in known.items():
        program = shutil.which(command[0], path=outside_the_environment())
        if program is not None:
            command[0] = program
            found[name] = functools.partial(timed, command, count)
        else:
            print(f"{name}: not installed, skipped")
    return found


def outside_the_environment() -> str:
    """PATH without this environment's own programs: our `hey` must not race against itself."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != own)


def closed(url: str, seconds: int, *, http2: bool = False) -> None:
    """The child of `tools`: everything recorded."""
    plan = LoadPlan(
        RequestSpec(url, headers=(("User-Agent", "hey/0.0.1"), ("Content-Type", "text/html"))),
        ClosedPacing(CONNECTIONS),
        StopCondition(duration_ns=seconds * NS_PER_S),
        Transport(http2=http2, tls=TlsOptions(verify=False)),
    )
    result = run_blocking(plan)
    assert result.counts.errors == 0
    told = {
        "completed": result.counts.completed,
        "cpu_ms": result.health.cpu_s * 1e3,
        "wall_ms": result.wall_ns / NS_PER_MS,
    }
    print(json.dumps(told))


def opened(url: str, seconds: int, rate: int) -> None:
    """One row of the table of rates."""
    plan = LoadPlan(
        RequestSpec(url),
        OpenPacing(schedules.parse(str(rate)), 128),
        StopCondition(duration_ns=seconds * NS_PER_S),
    )
    result = run_blocking(plan)
    counts, late = result.counts, result.lateness
    error = abs(Fraction(counts.completed, rate * seconds) - 1)
    row = (
        f"{rate:>10,} {result.sent_rps:>12,.1f} {float(error):>11.3%} {counts.unsent:>8,}"
        f" {late.quantile(0.5) / 1e3:>12,.0f} {late.quantile(0.99) / 1e3:>12,.0f}"
        f" {result.health.busy_share:>8.0%}  {result.verdict.limit}"
    )
    print(row, flush=True)


def print_closed_row(name: str, theirs: list[Run], ours: list[Run]) -> None:
    """Medians; the ratio is ours over theirs, round by round."""
    rate = statistics.median(run.requests / run.wall_s for run in theirs)
    per_cpu = statistics.median(run.per_cpu_s for run in theirs)
    rounds = zip(ours, theirs, strict=True)
    ratio = statistics.median(our.per_cpu_s / their.per_cpu_s for our, their in rounds)
    goal = f" (goal {GOALS[name]})" if name in GOALS else ""
    print(f"{name:>14} {rate:>12,.0f} {per_cpu:>12,.0f} {1e6 / per_cpu:>12.1f} {ratio:>6.2f}{goal}")


def main(seconds: int = 5, rounds: int = 3) -> None:
    """Measure and print both tables."""
    for program in ("nginx", "taskset"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed and not installed")
    with nginx() as url:
        print(f"closed model, {CONNECTIONS} connections, {rounds} rounds of {seconds} s, medians")
        print(f"{'':>14} {'requests/s':>12} {'per CPU s':>12} {'us CPU each':>12} {'ratio':>14}")
        found = tools(url, seconds)
        runs: dict[str, list[Run]] = {name: [] for name in found}
        for _ in range(rounds):
            for name, run in found.items():
                runs[name].append(run())
        for name in runs:
            print_closed_row(
                name, runs[name], runs["compiled" if "compiled" in runs else "this engine"]
            )
        print()
        print(f"open model, 128 connections, {seconds} s each")
        print(
            f"{'planned/s':>10} {'sent/s':>12} {'rate error':>11} {'unsent':>8}"
            f" {'late p50 us':>12} {'late p99 us':>12} {'CPU':>8}  verdict"
        )
        for rate in RATES:
            command = [sys.executable, "-P", "-m", "benchmarks.load_speed", "--open", url]
            subprocess.run(
                ["taskset", "-c", GENERATOR_CORE, *command, str(seconds), str(rate)],
                check=True,
                env={**os.environ, "PYTHONPATH": engine_path()},
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--closed"]:
        closed(sys.argv[2], int(sys.argv[3]), http2=sys.argv[4:] == ["h2"])
    elif sys.argv[1:2] == ["--open"]:
        opened(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*map(int, sys.argv[1:3]))
