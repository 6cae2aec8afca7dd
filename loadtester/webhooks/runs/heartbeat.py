"""Says that this server lives, and finds the runs of servers that no longer do.

Every server has a name with a random part, which no other process ever has, and writes the time
under it into the store while it has runs on record. A run is under way only as long as its server's
name is fresh there: process ids and host names come back in a new pod, and say nothing.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from collections.abc import Mapping, Sequence

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.recorder import STORE_S, RunRecorder, within_limit
from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.runs.runner import Runner
from loadtester.webhooks.stores.base import Store

log = logging.getLogger("loadtester")
_SWEEP_EVERY = 5
_LOOKED_AT = 1000


def new_server_name() -> str:
    """A name for this process that nobody else has: the host's, and 64 random bits."""
    return f"{socket.gethostname()}/{secrets.token_hex(8)}"


def is_lost(run: Run, beats: Mapping[str, float], now: float, patience_s: float) -> bool:
    """Whether the server of a run has not been heard of for so long that it is taken for dead.

    `beats` has the last sign of life of each server, Unix seconds.
    """
    return run.is_running and now - beats.get(run.server, 0.0) > patience_s


class Heartbeat:
    """The signs of life of one server, the state of its store, and what else is done regularly."""

    def __init__(self, store: Store, recorder: RunRecorder, runner: Runner, server: str) -> None:
        self._store = store
        self._recorder = recorder
        self._runner = runner
        self._server = server
        self._loop: asyncio.Task[None] | None = None
        self.store_error = ""
        """Why the store cannot be used, as far as is known; empty while it works."""

    def start(self) -> None:
        """Beat from now on."""
        self._loop = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Beat no more."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    def note_failure(self, error: StoreError) -> None:
        """A call has met a store that fails; the next beat finds out whether it still does."""
        self.store_error = str(error)

    async def _run(self) -> None:
        beat = 0
        while True:
            await self._beat(sweeps=beat % _SWEEP_EVERY == 0)
            beat += 1
            if self.store_error:
                await asyncio.sleep(self._store.beat_s)
                continue
            self._runner.ended.clear()
            with contextlib.suppress(TimeoutError):  # a run that has ended is saved at once
                async with asyncio.timeout(self._store.beat_s):
                    await self._runner.ended.wait()

    async def _beat(self, *, sweeps: bool) -> None:
        """Everything once; a store that fails is noted, and tried again with the next beat."""
        try:
            await within_limit(self._store.check(), 2 * STORE_S)
            if self._runner.has_recorded_runs:
                await within_limit(self._store.beat(self._server, time.time()), 2 * STORE_S)
            await self._recorder.save_unsaved()
            if sweeps:
                await self._mark_lost()
        except StoreError as error:
            if str(error) != self.store_error:
                log.error("%s", error)
            self.store_error = str(error)
        except Exception:
            log.exception("the heartbeat broke")
        else:
            self.store_error = ""

    async def _mark_lost(self) -> None:
        now = time.time()
        beats = await self._store.beats()
        for run in await self._store.runs(_LOOKED_AT):
            if run.server != self._server and is_lost(run, beats, now, self._store.patience_s):
                log.warning("the server that ran %s is gone", run.title, extra=run.labels())
                await self._store.save_run(run.lost(now))

    async def settled(self, run: Run | None) -> Run | None:
        """A recorded run as it must be read now: one that nobody runs any more is lost."""
        return (await self.all_settled([run]))[0] if run is not None else None

    async def all_settled(self, runs: Sequence[Run]) -> list[Run]:
        """The same for many. None of them may be under way here."""
        now = time.time()
        beats: Mapping[str, float] = {}
        if any(run.is_running for run in runs):
            beats = await within_limit(self._store.beats())
        others = {server: at for server, at in beats.items() if server != self._server}
        patience_s = self._store.patience_s
        return [run.lost(now) if is_lost(run, others, now, patience_s) else run for run in runs]
