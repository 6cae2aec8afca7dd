"""Puts runs on record, and keeps those that could not be until they are.

A run that has ended is held in memory until the store has it: it is saved again and again, and
meanwhile answers for itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.stores.base import Store

log = logging.getLogger("loadtester")
T = TypeVar("T")

STORE_S = 2.0
"""How long a call may wait for the store: well below the shortest webhook timeouts in use."""
_MOST_UNSAVED = 1000


async def within_limit(work: Awaitable[T], limit_s: float = STORE_S) -> T:
    """The result of an operation of the store; StoreError if it takes too long."""
    try:
        async with asyncio.timeout(limit_s):
            return await work
    except TimeoutError:
        raise StoreError(f"the store has not answered within {limit_s:g} s") from None


class RunRecorder:
    """The runs of one server, between the runner and the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unsaved: dict[str, Run] = {}

    @property
    def unsaved(self) -> Mapping[str, Run]:
        """Runs that ended, by id, which the store does not have yet."""
        return self._unsaved

    async def save_start(self, run: Run) -> None:
        """Put a run on record before it starts; StoreError if that cannot be done now."""
        await within_limit(self._store.save_run(run))

    def keep(self, run: Run) -> None:
        """Take a run that has ended; `save_unsaved` puts it on record."""
        if len(self._unsaved) >= _MOST_UNSAVED:
            surplus = next((r.id for r in self._unsaved.values() if r.reported), run.id)
            log.error("run not recorded: too many wait", extra=self._unsaved[surplus].labels())
            del self._unsaved[surplus]
        self._unsaved[run.id] = run

    async def save_unsaved(self) -> None:
        """Save every run that waits for it; StoreError at the first that cannot be saved."""
        for run in list(self._unsaved.values()):
            await within_limit(self._store.save_run(run), 2 * STORE_S)
            if self._unsaved.get(run.id) is run:
                del self._unsaved[run.id]

    async def latest(self, key: str) -> Run | None:
        """The newest run of one canary and task; one held here judges while the store fails."""
        mine = [run for run in self._unsaved.values() if run.key == key]
        try:
            stored = await within_limit(self._store.latest(key))
        except StoreError:
            if not mine:
                raise
            stored = None
        if stored is not None and stored.id not in self._unsaved:
            mine.append(stored)
        return max(mine, key=lambda run: run.started_at, default=None)

    async def run(self, run_id: str) -> Run | None:
        """The run with that id."""
        return self._unsaved.get(run_id) or await within_limit(self._store.run(run_id))

    async def runs(self, limit: int) -> Sequence[Run]:
        """The latest runs, newest first; output and raw measurements may be left out."""
        stored = await within_limit(self._store.runs(limit))
        others = [run for run in stored if run.id not in self._unsaved]
        both = [*self._unsaved.values(), *others]
        return sorted(both, key=lambda run: run.started_at, reverse=True)[:limit]

    async def report(self, run: Run) -> None:
        """Note that the verdict of a run was asked for and given.

        A store that fails leaves it unreported: it is then kept longer than it need be.
        """
        if run.reported:
            return
        reported = replace(run, reported=True)
        if run.id in self._unsaved:
            self._unsaved[run.id] = reported
            return
        try:
            await within_limit(self._store.save_run(reported))
        except StoreError as error:
            log.warning("%s", error, extra=run.labels())
