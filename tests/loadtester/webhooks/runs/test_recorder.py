import asyncio
from dataclasses import replace

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs import recorder as module
from loadtester.webhooks.runs.recorder import RunRecorder, within_limit
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores.memory import MemoryStore

pytestmark = pytest.mark.anyio
RUN = Run("a", "key", "a.b", "cmd", "t", "p", "c", RunState.RUNNING, 1.0, verdict_later=True)
FAILED = replace(RUN, state=RunState.FAILED, reported=False)


class Failing(MemoryStore):
    """A store that refuses changes when told."""

    fails = False

    async def save_run(self, run: Run) -> None:
        if self.fails:
            raise StoreError("disk full")
        await super().save_run(run)


async def test_a_store_that_hangs_is_a_store_that_fails() -> None:
    with pytest.raises(StoreError, match=r"has not answered within 0\.05 s"):
        await within_limit(asyncio.sleep(60), 0.05)


async def test_what_is_not_saved_answers_for_itself() -> None:
    store = Failing()
    made = RunRecorder(store)
    await made.save_start(RUN)
    made.keep(FAILED)
    assert await made.latest("key") == FAILED
    assert await made.run("a") == FAILED
    assert await made.runs(9) == [FAILED]
    await made.save_unsaved()
    assert await store.latest("key") == FAILED
    assert made.unsaved == {}


async def test_the_newest_of_saved_and_unsaved_is_the_latest() -> None:
    made = RunRecorder(MemoryStore())
    made.keep(FAILED)
    newer = replace(RUN, id="b", started_at=2.0)
    await made.save_start(newer)
    assert await made.latest("key") == newer


async def test_a_verdict_that_was_given_is_noted_wherever_the_run_is() -> None:
    store = Failing()
    made = RunRecorder(store)
    made.keep(FAILED)
    await made.report(FAILED)
    latest = await made.latest("key")
    assert latest is not None
    assert latest.reported
    await made.save_unsaved()
    saved = await store.latest("key")
    assert saved is not None
    assert saved.reported

    other = replace(FAILED, id="b", key="other")
    await store.save_run(other)
    store.fails = True
    await made.report(other)  # not noted: it is kept longer than need be, no more
    store.fails = False
    await made.report(other)
    noted = await store.latest("other")
    assert noted is not None
    assert noted.reported


async def test_verdicts_that_are_waited_for_are_the_last_to_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_UNSAVED", 3)
    made = RunRecorder(Failing())
    made.keep(FAILED)
    for name in "bcdef":
        made.keep(replace(FAILED, id=name, reported=True))
    assert len(made.unsaved) == 3
    assert "a" in made.unsaved
