"""What this machine can generate, and how late its timers are, before anyone trusts a number.

The load goes to a server that does nothing, on this machine. The closed model finds the most that
can be sent; the open model then climbs through fixed rates for as long as they are held: 99 % of
the requests planned were answered and half of them left within a millisecond.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from commons.units import NS_PER_MS, NS_PER_S
from loadtester.load.measuring.health import Limit
from loadtester.load.measuring.result import RunResult
from loadtester.load.plan import ClosedPacing, LoadPlan, OpenPacing, RequestSpec, StopCondition
from loadtester.load.run import run_blocking
from loadtester.load.schedules.constant import Constant

RATES = (100, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
CONNECTIONS = 50
HELD_SHARE = 0.99
HELD_LATENESS_NS = NS_PER_MS


@dataclass(frozen=True)
class Machine:
    """What the run has to work with."""

    cpus: int
    open_files: int
    load_average: float


@dataclass(frozen=True)
class Ceiling:
    """The closed model at full speed."""

    requests_per_s: float
    requests_per_cpu_s: float
    errors: int


@dataclass(frozen=True)
class Step:
    """The open model at one rate."""

    rate_rps: int
    completed_rps: float
    median_lateness_ns: int
    p99_lateness_ns: int
    busy_share: float
    was_held: bool


@dataclass(frozen=True)
class SelfCheck:
    """Everything that was found out."""

    machine: Machine
    ceiling: Ceiling
    steps: tuple[Step, ...]

    @property
    def trusted_rps(self) -> int:
        """The highest rate that was held, and every one below it; 0 if none was."""
        trusted = 0
        for step in self.steps:
            if not step.was_held:
                break
            trusted = step.rate_rps
        return trusted


def machine() -> Machine:
    """This machine, as it is now."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(len(os.sched_getaffinity(0)), files, os.getloadavg()[0])


def selfcheck(duration_s: float, processes: int) -> Iterator[Machine | Ceiling | Step]:
    """Find out, one thing after the other; each is given as soon as it is known."""
    yield machine()
    with null_server() as url:
        yield ceiling(_run(url, ClosedPacing(CONNECTIONS), duration_s, processes))
        for rate in RATES:
            paced = OpenPacing(Constant(Fraction(rate)), CONNECTIONS)
            found = step(rate, _run(url, paced, duration_s, processes))
            yield found
            if not found.was_held:
                break


def ceiling(result: RunResult) -> Ceiling:
    """What the closed model reached."""
    cpu_s = result.health.cpu_s
    per_cpu_s = result.counts.completed / cpu_s if cpu_s else 0.0
    return Ceiling(result.achieved_rps, per_cpu_s, result.counts.errors)


def step(rate: int, result: RunResult) -> Step:
    """What became of one rate."""
    window_s = result.issue_window_ns / NS_PER_S
    answered = result.counts.completed / window_s if window_s else 0.0
    median, p99 = result.lateness.quantiles((0.5, 0.99))
    held = (
        answered >= HELD_SHARE * rate
        and median <= HELD_LATENESS_NS
        and result.verdict.limit is Limit.OK
    )
    return Step(rate, answered, median, p99, result.health.busy_share, held)


@contextmanager
def null_server() -> Iterator[str]:
    """The URL of a server that does nothing, in a process of its own."""
    command = [sys.executable, "-m", "loadtester.hey.nullserver"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without the pipes it was given")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.stdin.close()


def _run(
    url: str, pacing: ClosedPacing | OpenPacing, duration_s: float, processes: int
) -> RunResult:
    result = run_blocking(
        LoadPlan(
            RequestSpec(url),
            pacing,
            StopCondition(duration_ns=round(duration_s * NS_PER_S)),
            warmup_ns=round(duration_s * 1e8),
            processes=processes,
        )
    )
    if result.interrupted:
        raise KeyboardInterrupt
    return result
