"""Runs jobs: no two of the same key at once, never more than the cap, each to a recorded end."""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from loadtester.webhooks.errors import BusyError, StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.processes.running import Finished, ProcessTree
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.redact import Redactor
from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.stores import Store
from loadtester.webhooks.tasks.base import Job, Outcome, TaskType

log = logging.getLogger("loadtester")
_STORED_OUTPUT_BYTES = 65536
_TOLD_S = 3.0


@dataclass(frozen=True)
class Limits:
    """Bounds of one server: seconds per task, tasks at once, bytes of output per task."""

    timeout_s: float = 3600.0
    max_tasks: int = 256
    output_bytes: int = 1 << 20


@dataclass(eq=False)
class Active:
    """A run under way. It is the Scene of its job."""

    run: Run
    job: Job
    waited_for: bool
    processes: Supervisor
    timeout_s: float
    output_bytes: int
    log_output: bool
    redact: Redactor
    children: set[ProcessTree] = field(default_factory=set)
    told: bool = False
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    ending: "asyncio.Task[Outcome] | None" = None

    async def run_process(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
    ) -> Finished:
        return await self.processes.run(
            argv,
            timeout_s=self.timeout_s,
            limit_bytes=self.output_bytes,
            env=env,
            cwd=cwd,
            keep=keep,
            started=self._started,
        )

    def show(self, live: Mapping[str, Any]) -> None:
        self.run = replace(self.run, live=dict(live))

    def _started(self, child: ProcessTree) -> None:
        self.children.add(child)
        if self.told:
            child.terminate()

    def tell(self) -> None:
        """Ask its processes to stop and report, also one that is only being started."""
        self.told = True
        for child in self.children:
            child.terminate()

    async def outcome(self) -> Outcome:
        """Wait for the end; a caller who goes away does not end the run."""
        assert self.ending is not None
        return await asyncio.shield(self.ending)


class Runner:
    """All runs of one server."""

    def __init__(
        self, store: Store, processes: Supervisor, limits: Limits, metrics: Metrics, server: str
    ) -> None:
        self._store = store
        self._processes = processes
        self._limits = limits
        self._metrics = metrics
        self._server = server
        self._active: dict[str, Active] = {}
        self.draining = False

    def active(self) -> list[Active]:
        """Every run under way, oldest first."""
        return list(self._active.values())

    def find(self, key: str) -> Active | None:
        """The run under way with that key."""
        return self._active.get(key)

    async def start(self, task: TaskType, job: Job, payload: Payload, waited_for: bool) -> Active:
        """Start ``job``, or hand back the run of the same key that is under way already.

        A job that nobody waits for is on record when this returns. Raises BusyError when there
        is no room or the server is stopping.
        """
        key = run_key(task, job, payload, waited_for)
        while (same := self._active.get(key)) is not None:
            if same.run.state is not State.RUNNING:  # it has ended, and is being put on record
                await same.outcome()
                continue
            log.info(
                "command skipped %s is already running", same.run.title, extra=same.run.labels()
            )
            return same
        self._check_room()
        active = self._new(key, task, job, payload, waited_for)
        self._active[key] = active
        self._metrics.running.inc()
        active.ending = asyncio.create_task(self._follow(active))
        await active.accepted.wait()
        return active

    def _check_room(self) -> None:
        if self.draining:
            raise BusyError("the load tester is shutting down", 503, 5)
        if len(self._active) >= self._limits.max_tasks:
            raise BusyError(f"{self._limits.max_tasks} tasks are running already", 429, 5)

    def _new(
        self, key: str, task: TaskType, job: Job, payload: Payload, waited_for: bool
    ) -> Active:
        now = time.time()
        redact = Redactor.of(payload.metadata)
        run = Run(
            id=secrets.token_hex(6),
            key=key,
            canary=payload.canary,
            type=task.name,
            title=redact(job.title),
            phase=payload.phase,
            checksum=payload.checksum,
            state=State.RUNNING,
            started_at=now,
            deadline_at=now + self._limits.timeout_s + 60.0,
            server=self._server,
        )
        return Active(
            run=run,
            job=job,
            waited_for=waited_for,
            processes=self._processes,
            timeout_s=self._limits.timeout_s,
            output_bytes=self._limits.output_bytes,
            log_output=task.logs_output(payload),
            redact=redact,
        )

    async def _follow(self, active: Active) -> Outcome:
        log.info("task starting %s", active.run.title, extra=active.run.labels())
        try:
            if not active.waited_for:
                await self._save(active.run)
            active.accepted.set()
            outcome = await active.job.run(active)
        except asyncio.CancelledError:
            outcome = Outcome(False, error="stopped", body=b"the load tester stopped this task")
        except Exception as error:
            log.exception("task broke", extra=active.run.labels())
            outcome = Outcome(False, error=repr(error), body=f"task broke: {error!r}".encode())
        finally:
            active.accepted.set()
        active.run = _ended(active, outcome)
        self._report(active, outcome)
        await self._save(active.run)
        self._metrics.running.dec()
        del self._active[active.run.key]
        return outcome

    def _report(self, active: Active, outcome: Outcome) -> None:
        run = active.run
        self._metrics.ended(run)
        output = active.redact(outcome.output.decode("utf-8", "replace"))
        if not outcome.ok:
            error = run.error or "; ".join(run.failed)
            log.error("command failed %s %s %s", run.title, error, output, extra=run.labels())
            return
        if active.log_output:
            log.info("%s", output, extra=run.labels())
        log.info("command finished %s", run.title, extra=run.labels())

    async def _save(self, run: Run) -> None:
        try:
            await self._store.save_run(run)
        except StoreError as error:
            log.error("run not recorded: %s", error, extra=run.labels())

    async def drain(self, grace_s: float) -> None:
        """Take no more tasks; let those end that somebody waits for, and tell the others to.

        What still runs after ``grace_s`` is told, and soon after that killed; each result is
        recorded.
        """
        self.draining = True
        for active in self.active():
            if not active.waited_for:
                active.tell()
        await self._wait(grace_s)
        for active in self.active():
            active.tell()
        await self._wait(_TOLD_S)
        await self.kill()

    async def kill(self) -> None:
        """End every run now."""
        endings = [active.ending for active in self.active() if active.ending is not None]
        for active in self.active():
            for child in active.children:
                child.kill()
        for ending in endings:
            ending.cancel()
        await asyncio.gather(*endings, return_exceptions=True)

    async def _wait(self, timeout_s: float) -> None:
        endings = [active.ending for active in self.active() if active.ending is not None]
        if endings:
            await asyncio.wait(endings, timeout=timeout_s)


def run_key(task: TaskType, job: Job, payload: Payload, waited_for: bool) -> str:
    """What makes two calls the same; a digest, for commands may hold secrets.

    A call that waits belongs to one phase of one revision.
    """
    parts = [payload.canary, task.name, job.key]
    if waited_for:
        parts += [payload.checksum, payload.phase]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _ended(active: Active, outcome: Outcome) -> Run:
    return replace(
        active.run,
        state=State.PASSED if outcome.ok else State.FAILED,
        ended_at=time.time(),
        error=active.redact(outcome.error),
        failed=tuple(outcome.failed),
        output=active.redact(outcome.output[-_STORED_OUTPUT_BYTES:].decode("utf-8", "replace")),
        report=outcome.report,
        live=None,
    )
