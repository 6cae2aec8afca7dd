"""Runs jobs: no two of the same key at once, never more than there are places, each to an end."""

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loadtester.webhooks.errors import BusyError, StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runs.recorder import RunRecorder
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.tasks.base import Outcome, RunContext, VerdictMode
from loadtester.webhooks.tasks.request import TaskRequest

log = logging.getLogger("loadtester")
STOP_GRACE_S = 15.0
"""How long a run that was asked to stop may take to report; then it is killed."""
_STORED_OUTPUT = 65536
_LAST_GRACE_S = 3.0
_SHUTDOWN = "the load tester is shutting down"


@dataclass(frozen=True)
class Limits:
    """Bounds of one server: seconds per task, tasks at once, bytes of output per task."""

    timeout_s: float = 3600.0
    max_tasks: int = 256
    output_bytes: int = 1 << 20


@dataclass(eq=False)
class ActiveRun:
    """A run under way."""

    request: TaskRequest
    record: Run
    context: RunContext
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: StoreError | BusyError | None = None
    interruption: str = ""
    ending: "asyncio.Task[Outcome] | None" = None

    @property
    def run(self) -> Run:
        """Its record, with the numbers of this moment."""
        return replace(self.record, live=self.context.live)

    def stop(self, reason: str, grace_s: float = STOP_GRACE_S) -> None:
        """Ask it to stop and report, and kill it if it does not: an interruption, no verdict."""
        self.interruption = self.interruption or reason
        if self.context.has_commands:
            self.context.terminate()
            asyncio.get_running_loop().call_later(grace_s, self.kill)
        else:
            self.kill()

    def kill(self) -> None:
        """End it now."""
        self.context.kill()
        if self.ending is not None:
            self.ending.cancel()

    async def outcome(self) -> Outcome:
        """Wait for the end; a caller who goes away does not end the run."""
        assert self.ending is not None
        return await asyncio.shield(self.ending)


class Runner:
    """All runs of one server."""

    def __init__(
        self,
        recorder: RunRecorder,
        processes: Supervisor,
        limits: Limits,
        metrics: Metrics,
        server: str,
    ) -> None:
        self._recorder = recorder
        self._processes = processes
        self._limits = limits
        self._metrics = metrics
        self._server = server
        self._active: dict[str, ActiveRun] = {}
        self.ended = asyncio.Event()
        """Set whenever a run has ended; whoever saves runs waits for it."""
        self.draining = False

    def active(self) -> list[ActiveRun]:
        """Every run under way, oldest first."""
        return list(self._active.values())

    def find(self, key: str) -> ActiveRun | None:
        """The run under way with that key."""
        return self._active.get(key)

    @property
    def has_recorded_runs(self) -> bool:
        """Whether any run under way is on record, and so somebody else's to believe in."""
        return any(not active.request.is_synchronous for active in self._active.values())

    async def start(self, request: TaskRequest) -> ActiveRun:
        """Start a job, or hand back the run of the same key that is under way already.

        A job that nobody waits for is on record when this returns. BusyError when there is no
        room or the server is stopping, StoreError when it cannot be put on record.
        """
        active = self._active.get(request.key)
        if active is None:
            self._check_room(request.job.places)
            active = self._new(request)
            self._active[request.key] = active
            self._metrics.running.inc()
            active.ending = asyncio.create_task(self._follow(active))
        else:
            run = active.record
            log.info("command skipped %s is already running", run.title, extra=run.labels())
        await active.accepted.wait()
        if active.refusal is not None:
            raise active.refusal
        return active

    def _check_room(self, places: int) -> None:
        if self.draining:
            raise BusyError(_SHUTDOWN, 503, 5)
        limit = self._limits.max_tasks
        taken = sum(active.request.job.places for active in self._active.values())
        if places > limit:
            raise BusyError(f"{places} processes are more than --max-tasks {limit} allows", 429, 60)
        if taken + places > limit:
            raise BusyError(f"{taken} of {limit} places for tasks are taken", 429, 5)

    def _new(self, request: TaskRequest) -> ActiveRun:
        later = request.mode is VerdictMode.LATER
        record = Run(
            id=secrets.token_hex(6),
            key=request.key,
            canary=request.payload.canary,
            type=request.task.name,
            title=request.redact(request.job.title),
            phase=request.payload.phase,
            checksum=request.payload.checksum,
            state=RunState.RUNNING,
            started_at=time.time(),
            server=self._server,
            verdict_later=later,
            reported=not later,
        )
        limits = self._limits
        context = RunContext(self._processes, limits.timeout_s, limits.output_bytes)
        return ActiveRun(request, record, context)

    async def _follow(self, active: ActiveRun) -> Outcome:
        try:
            if not active.request.is_synchronous:
                await self._recorder.save_start(active.record)
        except (StoreError, BusyError) as error:
            active.refusal = error
            outcome = Outcome(False, interruption=str(error))
        except asyncio.CancelledError:
            active.refusal = StoreError(_SHUTDOWN)
            outcome = Outcome(False, interruption=_SHUTDOWN)
        else:
            active.accepted.set()
            outcome = await self._run(active)
            active.record = await _recorded(active, outcome)
            self._end(active, outcome)
        active.accepted.set()
        self._metrics.running.dec()
        del self._active[active.record.key]
        self.ended.set()
        return outcome

    async def _run(self, active: ActiveRun) -> Outcome:
        log.info("task starting %s", active.record.title, extra=active.record.labels())
        try:
            outcome = await active.request.job.run(active.context)
        except asyncio.CancelledError:
            outcome = Outcome(False)
            active.interruption = active.interruption or _SHUTDOWN
        except OSError as error:  # no process, pipe or file to be had on this machine
            reason = error.strerror or str(error)
            outcome = Outcome(False, interruption=f"this machine has no room for it: {reason}")
        except Exception as error:
            log.exception("task broke", extra=active.record.labels())
            outcome = Outcome(False, interruption=f"task broke: {error!r}")
        interruption = outcome.interruption or active.interruption
        return replace(outcome, ok=False, interruption=interruption) if interruption else outcome

    def _end(self, active: ActiveRun, outcome: Outcome) -> None:
        run = active.record
        self._metrics.ended(run)
        self._recorder.keep(run)
        if run.state is RunState.INTERRUPTED:
            log.warning("command interrupted %s %s", run.title, run.error, extra=run.labels())
        elif run.state is RunState.FAILED:
            error = run.error or "; ".join(run.failed)
            log.error("command failed %s %s %s", run.title, error, run.output, extra=run.labels())
        else:
            if active.request.task.logs_output(active.request.payload):
                log.info("%s", run.output, extra=run.labels())
            log.info("command finished %s", run.title, extra=run.labels())

    async def drain(self, grace_s: float) -> None:
        """Take no more tasks; let those end that somebody waits for, and stop the others.

        What still runs after `grace_s` is stopped as well, and killed soon after.
        """
        self.draining = True
        for active in self.active():
            if not active.request.is_synchronous:
                active.stop(_SHUTDOWN)
        await self._wait(grace_s)
        for active in self.active():
            active.stop(_SHUTDOWN)
        await self._wait(_LAST_GRACE_S)
        await self.kill()

    async def kill(self) -> None:
        """End every run now."""
        endings = self._endings()
        for active in self.active():
            active.interruption = active.interruption or _SHUTDOWN
            active.kill()
        await asyncio.gather(*endings, return_exceptions=True)

    async def _wait(self, timeout_s: float) -> None:
        if endings := self._endings():
            await asyncio.wait(endings, timeout=timeout_s)

    def _endings(self) -> "Sequence[asyncio.Task[Outcome]]":
        return [active.ending for active in self.active() if active.ending is not None]


async def _recorded(active: ActiveRun, outcome: Outcome) -> Run:
    """The record of a run that has ended, made off the event loop."""
    try:
        return await asyncio.to_thread(_ended, active, outcome)
    except asyncio.CancelledError:
        return _ended(active, outcome)


def _ended(active: ActiveRun, outcome: Outcome) -> Run:
    redact = active.request.redact
    state = RunState.PASSED if outcome.ok else RunState.FAILED
    interrupted = bool(outcome.interruption)
    error = f"interrupted: {outcome.interruption}" if interrupted else outcome.error
    return replace(
        active.record,
        state=RunState.INTERRUPTED if interrupted else state,
        ended_at=time.time(),
        error=redact(error),
        failed=() if interrupted else tuple(map(redact, outcome.failed)),
        output=redact(outcome.output.decode("utf-8", "replace"))[-_STORED_OUTPUT:],
        report=redact.redact_json(outcome.report) if outcome.report is not None else None,
        reported=active.record.reported or interrupted,
    )
