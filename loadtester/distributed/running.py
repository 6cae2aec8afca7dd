"""hey's side of a distributed run: it starts the master, waits for the workers, and merges."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loadtester.distributed.messages import (
    FAILED,
    JOINED,
    LOST,
    READY,
    REFUSED,
    RESULT,
    SNAPSHOT,
    START,
    STOP,
    Assignment,
    Report,
    read_line,
    write_line,
)
from loadtester.load.errors import LoadError, PlanError
from loadtester.load.measuring.health import Limit, Verdict
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.result_json import decode_result
from loadtester.load.multiprocess.processes import add_snapshots, merge_results
from loadtester.load.observer import Observer, Snapshot, StopSignal
from loadtester.load.plan import LoadPlan

_POLL_S = 0.2
_GONE = Report(FAILED, data="the locust master ended; its messages stand above")


@dataclass
class _Worker:
    """What is known of a worker; `loss` says why nothing will come of it any more."""

    name: str
    snapshot: Snapshot | None = None
    result: RunResult | None = None
    loss: str = ""

    @property
    def is_going(self) -> bool:
        return self.result is None and not self.loss

    def to_json(self) -> dict[str, Any]:
        """For the echo of the plan: what it sent, or how it was lost."""
        if self.result is None:
            return {"name": self.name, "lost": self.loss}
        counts = self.result.counts
        return {
            "name": self.name,
            "sent": counts.sent,
            "completed": counts.completed,
            "errors": counts.errors,
        }


class _Master:
    """The master's process; what it reports goes into a queue."""

    def __init__(self, assignment: Assignment, inbox: "queue.SimpleQueue[Report]") -> None:
        self._inbox = inbox
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "loadtester.locust.master"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for us to hear and for it to be told
        )
        self.tell(assignment.to_json())
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                self._inbox.put(Report(**read_line(self._process.stdout)))
        except (EOFError, OSError, ValueError, TypeError):
            self._inbox.put(_GONE)

    def tell(self, value: dict[str, Any]) -> None:
        """Send a command; a master that is gone does not mind."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            write_line(self._process.stdin, value)

    def end(self) -> None:
        """Let it send its workers away; its input ends, and it does."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


def run_workers(
    plan: LoadPlan, assignment: Assignment, observer: Observer | None, stop: StopSignal
) -> RunResult:
    """Carry out `plan` on the workers that come to the master, and merge what they measured.

    The echo of the plan says in `workers` what each one sent. One that dies takes its own
    measurements with it and nothing else: the result is then interrupted and its verdict says who
    is missing. PlanError for what a worker refuses before anything was sent; LoadError where too
    few came, or all died.
    """
    inbox: queue.SimpleQueue[Report] = queue.SimpleQueue()
    unsubscribe = stop.subscribe(
        lambda _level: inbox.put(Report(STOP))
    )  # maybe in a signal handler
    master = _Master(assignment, inbox)
    workers: dict[int, _Worker] = {}
    try:
        _attend(workers, assignment.workers, master, inbox, observer)
    finally:
        unsubscribe()
        master.end()
    return _conclude(plan, [workers[number] for number in sorted(workers)])


def _attend(
    workers: dict[int, _Worker],
    wanted: int,
    master: _Master,
    inbox: "queue.SimpleQueue[Report]",
    observer: Observer | None,
) -> None:
    ready: set[int] = set()
    stopped = False
    while len(workers) < wanted or any(worker.is_going for worker in workers.values()):
        try:
            report = inbox.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if report.kind == STOP:
            if len(workers) < wanted:
                raise LoadError("interrupted before all workers had come; nothing was sent")
            stopped = True
            master.tell({STOP: True})
        elif report.kind == FAILED:
            _fail(workers, wanted, str(report.data))
        elif report.kind == READY:
            ready.add(report.number)
        else:
            _note(workers, report, observer)
        going = {number for number, worker in workers.items() if worker.is_going}
        if len(workers) == wanted and ready and ready >= going:
            ready.clear()
            master.tell({START: True})
            if stopped:
                master.tell({STOP: True})


def _fail(workers: dict[int, _Worker], wanted: int, reason: str) -> None:
    """The master is gone: so are the numbers of all that were still going."""
    if len(workers) < wanted:
        raise LoadError(reason)
    for worker in workers.values():
        if worker.is_going:
            worker.loss = reason


def _note(workers: dict[int, _Worker], report: Report, observer: Observer | None) -> None:
    if report.kind == JOINED:
        workers[report.number] = _Worker(report.name)
        return
    worker = workers[report.number]
    if report.kind == REFUSED:
        raise PlanError(f"worker {report.name}: {report.data}")
    if report.kind == LOST:
        worker.loss = str(report.data)
    elif report.kind == RESULT:
        worker.result = decode_result(json.loads(report.data))
    elif report.kind == SNAPSHOT:
        worker.snapshot = Snapshot(**report.data)
        going = min(number for number, one in workers.items() if one.is_going)
        if observer is not None and report.number == going:
            observer(add_snapshots([w.snapshot for w in workers.values() if w.snapshot]))


def _conclude(plan: LoadPlan, workers: Sequence[_Worker]) -> RunResult:
    echo = [worker.to_json() for worker in workers]  # before the first is merged into
    results = [worker.result for worker in workers if worker.result is not None]
    if not results:
        raise LoadError(f"every worker died: {_losses(workers)}")
    result = merge_results(results, plan)
    result.plan = {**result.plan, "workers": echo}
    if any(worker.loss for worker in workers):
        result.interrupted = True
        result.verdict = Verdict(
            Limit.GENERATOR, f"of {len(workers)} workers these died: {_losses(workers)}"
        )
    return result


def _losses(workers: Sequence[_Worker]) -> str:
    return ", ".join(f"{one.name} ({one.loss})" for one in workers if one.loss)
