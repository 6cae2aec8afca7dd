"""A run over several processes: one schedule, one start, one result.

Process k of P takes every arrival i with i mod P = k, and its part of connections and
requests. All wait at a gate until the last is ready, and start at the same instant of the
machine's monotonic clock. Their histograms are merged, which loses nothing.
"""

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from time import monotonic_ns
from typing import Any

from commons.units import NS_PER_MS
from loadtester.load.engine import Shard, judge_result
from loadtester.load.errors import LoadError, PlanError
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.result import RunResult
from loadtester.load.multiprocess.frames import READY, STOP, receive, send
from loadtester.load.observer import Observer, Snapshot, StopSignal
from loadtester.load.plan import LoadPlan

LEAD_NS = 20 * NS_PER_MS
"""From the last READY to the shared start."""
_POLL_S = 0.2


class _Child:
    """A shard's process; what it reports goes into a queue, with its number."""

    def __init__(
        self, plan: LoadPlan, shard: Shard, inbox: "queue.SimpleQueue[tuple[int, Any]]"
    ) -> None:
        self.number = shard.number
        self.result: RunResult | None = None
        self.snapshot: Snapshot | None = None
        self._inbox = inbox
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loadtester.load.multiprocess.shard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for us to hear and for them to be told
        )
        self.tell((plan, shard))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                self._inbox.put((self.number, receive(self._process.stdout)))
        except (EOFError, OSError):
            self._inbox.put((self.number, None))

    def tell(self, message: object) -> None:
        """Send a command; a child that is gone does not mind."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            send(self._process.stdin, message)

    def end(self) -> int:
        """Make an end of it, and return the exit code."""
        if self.result is None:
            self._process.kill()
        code = self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return code


def run_processes(plan: LoadPlan, observer: Observer | None, stop: StopSignal) -> RunResult:
    """Carry out `plan` in `plan.processes` processes and merge what they measured.

    PlanError as from one process. A process that dies takes its own measurements with it and
    nothing else: the result of the others says so in its verdict. LoadError if all died.
    """
    inbox: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    shards = [Shard(k, plan.processes, observer is not None) for k in range(plan.processes)]
    children = [_Child(plan, shard, inbox) for shard in shards]

    def tell_all(message: object) -> None:
        for child in children:
            child.tell(message)

    unsubscribe = stop.subscribe(lambda _level: inbox.put((-1, STOP)))  # maybe in a signal handler
    try:
        _attend(children, inbox, observer, tell_all)
    finally:
        unsubscribe()
        codes = {child.number: child.end() for child in children}
    lost = [child.number for child in children if child.result is None]
    result = merge_results([child.result for child in children if child.result is not None], plan)
    if lost:
        dead = ", ".join(f"{k} (exit code {codes[k]})" for k in lost)
        result.interrupted = True
        result.verdict = Verdict(
            Limit.GENERATOR, f"of {plan.processes} processes these died and are missing: {dead}"
        )
    return result


def _attend(
    children: Sequence[_Child],
    inbox: "queue.SimpleQueue[tuple[int, Any]]",
    observer: Observer | None,
    tell_all: Any,
) -> None:
    going, ready = {child.number for child in children}, set[int]()
    while going:
        try:
            number, message = inbox.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if message == STOP:
            tell_all(STOP)
            continue
        child = children[number]
        if isinstance(message, PlanError):
            raise message
        if isinstance(message, RunResult) or message is None:
            child.result = message if message is not None else child.result
            going.discard(number)
        elif isinstance(message, Snapshot):
            child.snapshot = message
            if observer is not None and number == min(going):
                observer(add_snapshots([c.snapshot for c in children if c.snapshot is not None]))
        elif message == READY:
            ready.add(number)
        if ready and ready >= going:
            ready.clear()
            tell_all(monotonic_ns() + LEAD_NS)


def merge_results(results: Sequence[RunResult], plan: LoadPlan) -> RunResult:
    """One result of the shards of a plan; LoadError where there is none."""
    if not results:
        raise LoadError("every process of the run died; their messages stand above")
    whole = results[0]
    for other in results[1:]:
        whole.merge(other)
    whole.plan = plan.to_json()
    whole.verdict = judge_result(whole, is_paced=plan.is_paced)
    return whole


def add_snapshots(snapshots: Sequence[Snapshot]) -> Snapshot:
    """What the processes do, added up; of their percentiles, the worst."""
    first = snapshots[0]
    return Snapshot(
        elapsed_s=first.elapsed_s,
        remaining_s=first.remaining_s,
        progress=first.progress,
        rate_rps=sum(s.rate_rps for s in snapshots),
        completed=sum(s.completed for s in snapshots),
        errors=sum(s.errors for s in snapshots),
        in_flight=sum(s.in_flight for s in snapshots),
        backlog=sum(s.backlog for s in snapshots),
        p50_ms=max(s.p50_ms for s in snapshots),
        p99_ms=max(s.p99_ms for s in snapshots),
        phase=first.phase,
    )
