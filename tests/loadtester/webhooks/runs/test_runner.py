"""The runner without processes: jobs that wait for the test, no clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from loadtester.webhooks.errors import BusyError, StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runs.recorder import RunRecorder
from loadtester.webhooks.runs.redact import Redactor
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.runs.runner import ActiveRun, Limits, Runner
from loadtester.webhooks.stores.memory import MemoryStore
from loadtester.webhooks.tasks.base import Job, Outcome, RunContext, TaskType, VerdictMode
from loadtester.webhooks.tasks.request import TaskRequest

pytestmark = pytest.mark.anyio
PAYLOAD = Payload("detail", "flagger", "Progressing", "c1", {"cmd": "x"})


@dataclass
class Waiting:
    """A job that ends when the test says how."""

    title: str = "a title"
    key: str = "a key"
    places: int = 1
    end: "asyncio.Future[Outcome]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def run(self, context: RunContext) -> Outcome:
        context.show({"done": 1})
        return await self.end


def prepare_nothing(_: Payload, __: Policy) -> Job:
    raise AssertionError("no job is prepared here")


TASK = TaskType("cmd", "", prepare_nothing, VerdictMode.OFF, shell=True)


@dataclass
class Parts:
    """A runner, and what it works with."""

    store: MemoryStore
    recorder: RunRecorder
    runner: Runner

    async def start(self, job: Waiting, mode: VerdictMode = VerdictMode.OFF) -> ActiveRun:
        return await self.runner.start(TaskRequest(TASK, job, PAYLOAD, mode))

    async def saved(self) -> list[Run]:
        await self.recorder.save_unsaved()
        return list(await self.store.runs(99))


def parts(store: MemoryStore | None = None, **limits: int) -> Parts:
    store = store or MemoryStore()
    recorder = RunRecorder(store)
    given = replace(Limits(), **limits)
    return Parts(store, recorder, Runner(recorder, Supervisor(), given, Metrics(), "here"))


async def test_a_run_is_on_record_when_it_has_started_and_when_it_has_ended() -> None:
    made, job = parts(), Waiting()
    active = await made.start(job)
    (run,) = await made.store.runs(9)
    assert (run.state, run.canary, run.server) == (RunState.RUNNING, "detail.flagger", "here")
    job.end.set_result(Outcome(False, b"out", "exit status 1", failed=("p99",)))
    await active.outcome()
    (run,) = await made.saved()
    assert (run.state, run.error, run.failed) == (RunState.FAILED, "exit status 1", ("p99",))
    assert run.output == "out"
    assert made.runner.active() == []


async def test_the_same_key_is_the_same_run() -> None:
    made = parts()
    first, second = await made.start(Waiting()), await made.start(Waiting())
    assert first is second
    other = await made.start(Waiting(key="another"))
    assert other is not first
    await made.runner.kill()


async def test_one_that_has_ended_but_is_not_saved_yet_is_not_the_same_run() -> None:
    made, job = parts(), Waiting()
    first = await made.start(job)
    job.end.set_result(Outcome(True))
    await first.outcome()
    assert list(made.recorder.unsaved) == [first.record.id]
    second = await made.start(Waiting())
    assert second is not first
    await made.runner.kill()


async def test_many_at_once_start_one() -> None:
    made = parts()
    started = await asyncio.gather(*(made.start(Waiting()) for _ in range(50)))
    assert len({id(active) for active in started}) == 1
    await made.runner.kill()


async def test_live_numbers_are_shown_until_the_end() -> None:
    made, job = parts(), Waiting()
    active = await made.start(job)
    await asyncio.sleep(0)
    assert active.run.live == {"done": 1}
    job.end.set_result(Outcome(True))
    await active.outcome()
    assert active.record.live is None


async def test_beyond_the_cap_and_while_draining_there_is_no_room() -> None:
    made, job = parts(max_tasks=1), Waiting()
    await made.start(job)
    with pytest.raises(BusyError) as busy:
        await made.start(Waiting(key="another"))
    assert busy.value.status == 429
    job.end.set_result(Outcome(True))
    await made.runner.drain(1.0)
    with pytest.raises(BusyError) as stopping:
        await made.start(Waiting(key="another"))
    assert stopping.value.status == 503


async def test_a_run_takes_a_place_for_each_of_its_processes() -> None:
    made = parts(max_tasks=4)
    with pytest.raises(BusyError, match="150 processes are more than --max-tasks 4 allows"):
        await made.start(Waiting(places=150))
    await made.start(Waiting(key="a", places=3))
    with pytest.raises(BusyError, match="3 of 4 places for tasks are taken"):
        await made.start(Waiting(key="b", places=2))
    await made.start(Waiting(key="c"))
    await made.runner.kill()


async def test_a_caller_that_leaves_does_not_end_the_run() -> None:
    made, job = parts(), Waiting()
    active = await made.start(job, VerdictMode.NOW)
    caller = asyncio.ensure_future(active.outcome())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    job.end.set_result(Outcome(True, b"late"))
    assert (await active.outcome()).output == b"late"


async def kill(made: Parts, _: ActiveRun, __: Waiting) -> None:
    await made.runner.kill()


async def drain(made: Parts, _: ActiveRun, __: Waiting) -> None:
    await made.runner.drain(0.0)


async def stop(_: Parts, active: ActiveRun, __: Waiting) -> None:
    active.stop("somebody asked for it")


async def stop_and_pass(_: Parts, active: ActiveRun, job: Waiting) -> None:
    active.interruption = "somebody asked for it"
    job.end.set_result(Outcome(True))


async def stop_and_fail(_: Parts, active: ActiveRun, job: Waiting) -> None:
    active.interruption = "somebody asked for it"
    job.end.set_result(Outcome(False, failed=("p99<1ms (was 2ms)",)))


async def break_the_job(_: Parts, __: ActiveRun, job: Waiting) -> None:
    job.end.set_exception(RuntimeError("a defect"))


async def run_out_of_files(_: Parts, __: ActiveRun, job: Waiting) -> None:
    job.end.set_exception(OSError(24, "Too many open files"))


async def lose_the_process(_: Parts, __: ActiveRun, job: Waiting) -> None:
    job.end.set_result(Outcome(False, error="signal: killed", interruption="it was killed"))


OURS = [kill, drain, stop, stop_and_pass, stop_and_fail, break_the_job, run_out_of_files]


@pytest.mark.parametrize("interrupt", [*OURS, lose_the_process], ids=lambda one: one.__name__)
@pytest.mark.parametrize("mode", VerdictMode)
async def test_an_interruption_of_ours_is_no_verdict(
    interrupt: Callable[..., object], mode: VerdictMode
) -> None:
    made, job = parts(), Waiting()
    active = await made.start(job, mode)
    await asyncio.sleep(0)
    await interrupt(made, active, job)  # type: ignore[misc]
    outcome = await active.outcome()
    assert outcome.interruption
    assert not outcome.ok
    (run,) = await made.saved()
    assert run.state is RunState.INTERRUPTED
    assert run.error == f"interrupted: {outcome.interruption}"
    assert run.failed == ()
    assert run.reported, "nobody needs to be told"
    assert made.runner.active() == []


@pytest.mark.parametrize(("mode", "reported"), [("off", True), ("later", False), ("now", True)])
async def test_a_verdict_that_is_asked_for_later_is_not_reported_yet(
    mode: str, reported: bool
) -> None:
    made, job = parts(), Waiting()
    active = await made.start(job, VerdictMode(mode))
    job.end.set_result(Outcome(False))
    await active.outcome()
    (run,) = await made.saved()
    assert run.reported is reported
    assert run.verdict_later is (mode == "later")


async def test_a_process_that_starts_after_the_run_was_stopped_is_terminated_too() -> None:
    @dataclass
    class Late(Waiting):
        async def run(self, context: RunContext) -> Outcome:
            context.terminate()
            finished = await context.run_command(["sleep", "300"])
            return Outcome(finished.ok, error=finished.error)

    processes = Supervisor()
    recorder = RunRecorder(MemoryStore())
    runner = Runner(recorder, processes, Limits(), Metrics(), "here")
    active = await runner.start(TaskRequest(TASK, Late(), PAYLOAD))
    assert (await active.outcome()).error == "signal: terminated"
    processes.close()


async def test_a_run_that_does_not_stop_when_asked_is_killed() -> None:
    @dataclass
    class Deaf(Waiting):
        async def run(self, context: RunContext) -> Outcome:
            script = "trap '' TERM; echo ready; sleep 300"
            finished = await context.run_command(["bash", "-c", script], keep=self.take)
            return Outcome(finished.ok)

        def take(self, piece: bytes) -> bytes:
            if not self.end.done():
                self.end.set_result(Outcome(True))
            return piece

    processes, job = Supervisor(), Deaf()
    runner = Runner(RunRecorder(MemoryStore()), processes, Limits(), Metrics(), "here")
    active = await runner.start(TaskRequest(TASK, job, PAYLOAD))
    await job.end
    active.stop("enough", grace_s=0.1)
    assert (await active.outcome()).interruption == "enough"
    processes.close()


async def test_a_run_that_cannot_be_recorded_does_not_start() -> None:
    class Broken(MemoryStore):
        async def save_run(self, run: Run) -> None:
            raise StoreError("disk full")

    started = []

    @dataclass
    class Telling(Waiting):
        async def run(self, context: RunContext) -> Outcome:
            started.append(self)
            return Outcome(True)

    made = parts(Broken())
    results = await asyncio.gather(
        *(made.start(Telling()) for _ in range(3)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["disk full"] * 3
    assert started == []
    assert made.runner.active() == []
    assert made.recorder.unsaved == {}


async def test_a_store_that_fails_at_the_end_delays_the_record_and_not_the_caller() -> None:
    class Failing(MemoryStore):
        fails = False

        async def save_run(self, run: Run) -> None:
            if self.fails:
                raise StoreError("disk full")
            await super().save_run(run)

    store, job = Failing(), Waiting()
    made = parts(store)
    active = await made.start(job, VerdictMode.LATER)
    store.fails = True
    job.end.set_result(Outcome(False, failed=("p99",)))
    assert (await active.outcome()).failed == ("p99",)
    for _ in range(3):
        with pytest.raises(StoreError):
            await made.recorder.save_unsaved()
    latest = await made.recorder.latest(active.record.key)
    assert latest is not None
    assert latest.state is RunState.FAILED
    store.fails = False
    (run,) = await made.saved()
    assert run.state is RunState.FAILED
    assert made.recorder.unsaved == {}


async def test_secrets_are_redacted_in_all_that_is_kept() -> None:
    made, job = parts(), Waiting(title="curl ?token=s3cret")
    request = TaskRequest(TASK, job, PAYLOAD, redact=Redactor(("s3cret",)))
    active = await made.runner.start(request)
    report = {"kind": "hey", "summary": {}, "document": {"url": "s3cret"}}
    report["summary"] = {"requests_per_s": 1.0, "requests": 1, "errors": 0}
    job.end.set_result(Outcome(False, b"s3cret", "s3cret", b"s3cret", ("s3cret",), report))
    await active.outcome()
    (run,) = await made.saved()
    assert "s3cret" not in str(run.to_json())
    assert run.title == "curl ?token=***"
