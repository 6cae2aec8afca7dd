"""Load generators side by side: `python -m benchmarks.rivals [seconds] [rounds]`.

The generator is pinned to one core, the server to the other. Three tables:

* the closed model against nginx: requests per CPU second of the whole program;
* the open model against a server that keeps what each response took: the rate that came, and the
  reported p50 and p99 beside the server's own;
* the stall: nginx is stopped for one second of five at a constant rate. A fifth of the users have
  waited up to a second, evenly: p90 is 500 ms and p99 950 ms.

Tools that are not installed are skipped with a word. `PATH` says where they are.
"""

import contextlib
import json
import os
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load_speed
from benchmarks.rivals.tools import Load, Report, Tool, tools

ROOT = Path(__file__).parents[2]
CONNECTIONS, RATE_RPS, STALL_S = 50, 500, 1.0


@dataclass(frozen=True)
class Run:
    """What one run cost and what it reported."""

    report: Report
    cpu_s: float

    @property
    def per_cpu_s(self) -> float:
        """Requests per CPU second."""
        return self.report.requests / self.cpu_s


def carry_out(tool: Tool, load: Load) -> Run | None:
    """Run a tool on the generator's core; None when it does not have the model."""
    commands = tool.command(load)
    if commands is None:
        return None
    path = load_speed.outside_the_environment()
    environment = {**os.environ, "PATH": path, **dict(tool.environment)}
    before, output = resource.getrusage(resource.RUSAGE_CHILDREN), b""
    for command in commands:
        done = subprocess.run(
            ["taskset", "-c", load_speed.GENERATOR_CORE, *command],
            input=output,
            capture_output=True,
            env=environment,
            cwd=load.home,
            timeout=load.seconds + 60,
        )
        output = done.stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    try:
        return Run(tool.read(output.decode()), cpu_s)
    except (ValueError, LookupError) as error:
        raise SystemExit(f"{tool.name}: {error}: {done.stderr.decode()[-400:]}") from error


@contextlib.contextmanager
def truthful_server() -> Iterator[str]:
    """`server`, on the target's core; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.rivals.server", str(port)]
    process = subprocess.Popen(["taskset", "-c", load_speed.TARGET_CORE, *command], cwd=ROOT)
    try:
        load_speed.wait_for(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()


def truth_of(url: str) -> dict[str, float]:
    """What the server has seen since it was last asked."""
    with urllib.request.urlopen(f"{url}truth") as response:
        told: dict[str, float] = json.load(response)
        return told


@contextlib.contextmanager
def stalled(url: str, after_s: float) -> Iterator[None]:
    """Stop the server at `url` for a second, some time after the load has begun."""
    served = subprocess.run(
        ["pgrep", "-f", "nginx: worker"], capture_output=True, text=True, check=True
    )
    own = {int(pid) for pid in served.stdout.split()} & _descendants()

    def stop() -> None:
        time.sleep(after_s)
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in own:
                os.kill(pid, number)
            time.sleep(STALL_S if number == signal.SIGSTOP else 0)

    thread = threading.Thread(target=stop)
    thread.start()
    yield
    thread.join()


def _descendants() -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(a): int(b) for a, b in (line.split() for line in listed.stdout.splitlines())}
    own = {os.getpid()}
    while True:
        more = own | {pid for pid, parent in parents.items() if parent in own}
        if more == own:
            return own
        own = more


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def closed(present: list[Tool], seconds: int, rounds: int, home: Path) -> None:
    """The first table. The tools take turns; medians, and ratios to ours round by round."""
    print(f"\nclosed model: {CONNECTIONS} connections, {rounds} rounds of {seconds} s, medians\n")
    print("| tool | requests per CPU second | of ours | p50 ms | p99 ms |\n|---|---|---|---|---|")
    runs: dict[str, list[Run]] = {tool.name: [] for tool in present}
    with load_speed.nginx() as url:
        for _ in range(rounds):
            for tool in present:
                run = carry_out(tool, Load(url, seconds, CONNECTIONS, None, home))
                runs[tool.name] += [run] if run else []
    first = runs[present[0].name]
    for name, done in runs.items():
        if done:
            ratio = statistics.median(
                a.per_cpu_s / b.per_cpu_s for a, b in zip(done, first, strict=True)
            )
            per_cpu_s = statistics.median(run.per_cpu_s for run in done)
            last = done[-1].report
            told = f"{_ms(last.p50_ms)} | {_ms(last.p99_ms)}"
            print(f"| {name} | {per_cpu_s:,.0f} | {ratio:.2f} | {told} |")


def opened(present: list[Tool], seconds: int, home: Path) -> None:
    """The second table."""
    print(f"\nopen model: {RATE_RPS} requests/s, {seconds} s, {CONNECTIONS} connections\n")
    print(
        "| tool | rate error | CPU of one core | p50 ms: reported, true | p99 ms: reported, true |"
    )
    print("|---|---|---|---|---|")
    for tool in present:
        with truthful_server() as url:
            truth_of(url)
            run = carry_out(tool, Load(url, seconds, CONNECTIONS, RATE_RPS, home))
            if run is None:
                print(f"| {tool.name} | has no rate | | | |")
                continue
            true = truth_of(url)
        error = true["requests"] / (RATE_RPS * seconds) - 1
        report = run.report
        print(
            f"| {tool.name} | {error:+.1%} | {run.cpu_s / seconds:.0%}"
            f" | {_ms(report.p50_ms)}, {_ms(true['p50_ms'])}"
            f" | {_ms(report.p99_ms)}, {_ms(true['p99_ms'])} |",
            flush=True,
        )


def stall(present: list[Tool], home: Path) -> None:
    """The third table: five seconds, one of them stopped."""
    print(f"\nthe stall: {RATE_RPS} requests/s for 5 s, the server stopped for one of them\n")
    print("| tool | responses | reported p90 ms (true: 500) | p99 ms (true: 950) | sees it |")
    print("|---|---|---|---|---|")
    for tool in present:
        with load_speed.nginx() as url:
            load = Load(url, 5, CONNECTIONS, RATE_RPS, home)
            if tool.command(load) is None:
                load = Load(url, 5, CONNECTIONS, None, home)
            if tool.command(load) is None:
                continue
            with stalled(url, 2.5):
                run = carry_out(tool, load)
        assert run is not None
        p90_ms = run.report.p90_ms
        seen = "tells no quantiles" if p90_ms is None else "yes" if p90_ms > 250 else "no"
        free = "" if load.rate_rps else " (closed model)"
        print(
            f"| {tool.name}{free} | {run.report.requests:,} | {_ms(p90_ms)}"
            f" | {_ms(run.report.p99_ms)} | {seen} |",
            flush=True,
        )


def main(seconds: int = 5, rounds: int = 3) -> None:
    """All three tables."""
    for program in ("nginx", "taskset"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed and not installed")
    compiled = ROOT / "build" / "compiled"
    present = []
    for tool in tools(compiled if compiled.is_dir() else None, ROOT):
        if shutil.which(tool.program, path=load_speed.outside_the_environment()):
            present.append(tool)
        else:
            print(f"{tool.name}: not installed, skipped")
    if not compiled.is_dir():
        print("ours, compiled: not built (scripts/compile), skipped")
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load average {load:.1f} before the run")
    with tempfile.TemporaryDirectory() as home:
        closed(present, seconds, rounds, Path(home))
        opened(present, seconds, Path(home))
        stall(present, Path(home))
    print(f"\nload average {os.getloadavg()[0]:.1f} after the run")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
