"""The runner without processes: jobs that wait for the test, no clock."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from loadtester.webhooks.errors import BusyError, StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.runner import Active, Limits, Runner
from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.stores.memory import MemoryStore
from loadtester.webhooks.tasks.base import Job, Outcome, Scene, TaskType, VerdictMode

pytestmark = pytest.mark.anyio
PAYLOAD = Payload("detail", "flagger", "Progressing", "c1", {"cmd": "x"})


@dataclass
class Waiting:
    """A job that ends when the test says how."""

    title: str = "a title"
    key: str = "a key"
    end: "asyncio.Future[Outcome]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def run(self, scene: Scene) -> Outcome:
        scene.show({"done": 1})
        return await self.end


def no_plan(_: Payload, __: Policy) -> Job:
    raise AssertionError("nobody plans here")


TASK = TaskType("cmd", "", no_plan, VerdictMode.OFF, shell=True)


def runner(store: MemoryStore | None = None, **limits: int) -> Runner:
    given = replace(Limits(), **limits)
    return Runner(store or MemoryStore(), Supervisor(), given, Metrics(), "here:1")


async def start(made: Runner, job: Waiting, waited_for: bool = False) -> Active:
    return await made.start(TASK, job, PAYLOAD, waited_for)


async def test_a_run_is_on_record_when_it_has_started_and_when_it_has_ended() -> None:
    store = MemoryStore()
    job, made = Waiting(), runner(store)
    active = await start(made, job)
    (run,) = await store.runs(9)
    assert (run.state, run.canary, run.server) == (State.RUNNING, "detail.flagger", "here:1")
    job.end.set_result(Outcome(False, b"out", "exit status 1", failed=("p99",)))
    await active.outcome()
    (run,) = await store.runs(9)
    assert (run.state, run.error, run.failed) == (State.FAILED, "exit status 1", ("p99",))
    assert run.output == "out"
    assert made.active() == []


async def test_the_same_key_is_the_same_run() -> None:
    job, made = Waiting(), runner()
    first, second = await start(made, job), await start(made, Waiting())
    assert first is second
    other = await start(made, Waiting(key="another"))
    assert other is not first
    await made.kill()


async def test_one_that_is_only_being_recorded_is_not_the_same_run() -> None:
    class Slow(MemoryStore):
        async def save_run(self, run: Run) -> None:
            await super().save_run(run)
            if run.state is not State.RUNNING:
                await recorded.wait()

    recorded = asyncio.Event()
    job, made = Waiting(), runner(Slow())
    first = await start(made, job)
    job.end.set_result(Outcome(True))
    while first.run.state is State.RUNNING:
        await asyncio.sleep(0)
    starting = asyncio.ensure_future(start(made, Waiting()))
    await asyncio.sleep(0)
    recorded.set()
    second = await starting
    assert second is not first
    assert second.run.state is State.RUNNING
    await made.kill()


async def test_many_at_once_start_one() -> None:
    made = runner()
    jobs = [Waiting() for _ in range(50)]
    started = await asyncio.gather(*(start(made, job) for job in jobs))
    assert len({id(active) for active in started}) == 1
    await made.kill()


async def test_live_numbers_are_shown_until_the_end() -> None:
    job, made = Waiting(), runner()
    active = await start(made, job)
    await asyncio.sleep(0)
    assert active.run.live == {"done": 1}
    job.end.set_result(Outcome(True))
    await active.outcome()
    assert active.run.live is None


async def test_beyond_the_cap_and_while_draining_there_is_no_room() -> None:
    made = runner(max_tasks=1)
    job = Waiting()
    await start(made, job)
    with pytest.raises(BusyError) as busy:
        await start(made, Waiting(key="another"))
    assert busy.value.status == 429
    job.end.set_result(Outcome(True))
    await made.drain(1.0)
    with pytest.raises(BusyError) as stopping:
        await start(made, Waiting(key="another"))
    assert stopping.value.status == 503


async def test_a_caller_that_leaves_does_not_end_the_run() -> None:
    job, made = Waiting(), runner()
    active = await start(made, job, waited_for=True)
    caller = asyncio.ensure_future(active.outcome())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    job.end.set_result(Outcome(True, b"late"))
    assert (await active.outcome()).output == b"late"


async def test_a_job_that_breaks_is_a_failure_not_a_crash() -> None:
    job, made = Waiting(), runner()
    active = await start(made, job)
    job.end.set_exception(RuntimeError("bug"))
    outcome = await active.outcome()
    assert not outcome.ok
    assert outcome.error == "RuntimeError('bug')"
    assert made.active() == []


async def test_killing_ends_and_records_everything() -> None:
    store = MemoryStore()
    made = runner(store)
    for number in range(3):
        await start(made, Waiting(key=str(number)))
    await made.kill()
    assert [run.state for run in await store.runs(9)] == [State.FAILED] * 3
    assert {run.error for run in await store.runs(9)} == {"stopped"}


async def test_a_process_that_starts_after_the_run_was_told_is_told_too() -> None:
    @dataclass
    class Late(Waiting):
        async def run(self, scene: Scene) -> Outcome:
            await self.end
            finished = await scene.run_process(["sleep", "300"])
            return Outcome(finished.ok, error=finished.error)

    job, processes = Late(), Supervisor()
    active = await start(Runner(MemoryStore(), processes, Limits(), Metrics(), "here:1"), job)
    active.tell()
    job.end.set_result(Outcome(True))
    assert (await active.outcome()).error == "signal: terminated"
    processes.close()


async def test_a_store_that_fails_loses_the_record_not_the_run() -> None:
    class Broken(MemoryStore):
        async def save_run(self, run: Run) -> None:
            raise StoreError("disk full")

    job = Waiting()
    active = await start(runner(Broken()), job)
    job.end.set_result(Outcome(True))
    assert (await active.outcome()).ok
