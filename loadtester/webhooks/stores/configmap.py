"""Gates and runs in two ConfigMaps, which all replicas of the load tester share.

Every cluster has the API that this needs, it is as durable as the Canary objects themselves, and
its resourceVersion makes a change safe without locks: read, change, write back only if nobody
wrote in between, else again. Changes that come while one is under way are written together. A
ConfigMap holds 1 MiB at most, so only the latest runs are kept, without the raw measurements of
their reports; gates have a ConfigMap of their own, so that runs can never fill it.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loadtester.webhooks.errors import LoadtesterError, StoreError
from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, ConflictError
from loadtester.webhooks.stores.retention import (
    forgotten_gates,
    refuse_gate,
    refuse_unreported,
    retained,
)

log = logging.getLogger("loadtester")
HISTORY = 50
MOST_VERDICTS = 500
MOST_BYTES = 700_000
"""Of the runs together; the API server refuses a ConfigMap of more than 1 MiB."""
_OUTPUT_CHARACTERS = 2000
_TITLE_CHARACTERS = 300
_SHORT_CHARACTERS = 120
_MOST_FAILED = 10
_LONGEST_SILENCE_S = 3600.0
_CLOSING_S = 2.0
_TRIES = 30
_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5

State = dict[str, Any]
Change = Callable[[State], bool]
"""Changes a state in place; whether there is anything to write."""


class SharedObject:
    """One ConfigMap, its data as JSON per key; `empty` is what it holds before the first write."""

    def __init__(self, client: ConfigMapClient, empty: Callable[[], State]) -> None:
        self._client = client
        self._empty = empty
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def read(self) -> State:
        """The state now."""
        return self._decode((await self._client.read())[0])

    async def change(self, change: Change) -> None:
        """Apply a change until it sticks, with all others that wait.

        A caller who waits no longer does not stop it.
        """
        mine = _Waiting(change, asyncio.get_running_loop().create_future())
        mine.done.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waiting.append(mine)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        await asyncio.shield(mine.done)

    async def _write_all(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await self._write(waiting)
            except LoadtesterError as error:
                for one in waiting:
                    one.refuse(error)
        self._writer = None

    async def _write(self, waiting: "Sequence[_Waiting]") -> None:
        for attempt in range(_TRIES):
            if await self._try(waiting):
                return
            longest_s = min(_LONGEST_PAUSE_S, _PAUSE_S * 2**attempt)
            await asyncio.sleep(random.uniform(0, longest_s))
        raise StoreError(f"the ConfigMap changed under us {_TRIES} times in a row")

    async def _try(self, waiting: "Sequence[_Waiting]") -> bool:
        data, version = await self._client.read()
        state, has_changed = self._decode(data), False
        for one in waiting:
            has_changed |= one.apply(state)
        if has_changed:
            try:
                await self._client.write(self._encode(state), version)
            except ConflictError:
                return False
        for one in waiting:
            one.accept()
        return True

    def _decode(self, data: Mapping[str, str]) -> State:
        state = self._empty()
        try:
            found = {key: json.loads(data[key]) for key in state if key in data}
        except (ValueError, RecursionError) as error:
            raise StoreError(f"the ConfigMap does not hold what we wrote: {error}") from None
        if any(type(value) is not type(state[key]) for key, value in found.items()):
            raise StoreError("the ConfigMap does not hold what we wrote")
        return state | found

    @staticmethod
    def _encode(state: State) -> dict[str, str]:
        return {key: json.dumps(value, separators=(",", ":")) for key, value in state.items()}

    async def close(self) -> None:
        """Let changes end that are under way, then close the connections."""
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=_CLOSING_S)
        await self._client.close()


@dataclass(eq=False)
class _Waiting:
    """One change on its way, and what has become of it in the last try."""

    change: Change
    done: "asyncio.Future[None]"
    refusal: LoadtesterError | None = None

    def apply(self, state: State) -> bool:
        try:
            has_changed = self.change(state)
        except LoadtesterError as error:
            self.refusal = error
            return False
        self.refusal = None
        return has_changed

    def accept(self) -> None:
        if self.refusal is not None:
            self.refuse(self.refusal)
        elif not self.done.done():
            self.done.set_result(None)

    def refuse(self, error: LoadtesterError) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class ConfigMapStore:
    """A Store in the ConfigMaps of two clients: one for gates, one for runs and servers."""

    beat_s = 10.0
    patience_s = 40.0

    def __init__(
        self, gates: ConfigMapClient, runs: ConfigMapClient, history: int = HISTORY
    ) -> None:
        self._gates = SharedObject(gates, lambda: {"gates": {}})
        self._runs = SharedObject(runs, lambda: {"runs": [], "beats": {}})
        self._history = min(history, HISTORY)

    async def is_open(self, gate: str) -> bool:
        return bool((await self._gates.read())["gates"].get(gate, False))

    async def set_gate(self, gate: str, is_open: bool) -> None:
        def change(state: State) -> bool:
            gates = state["gates"]
            refuse_gate(gates, gate, is_open)
            if gates.get(gate) is is_open:
                return False
            gates.pop(gate, None)
            gates[gate] = is_open
            for name in forgotten_gates(gates):
                del gates[name]
            return True

        await self._gates.change(change)

    async def gates(self) -> Mapping[str, bool]:
        gates = (await self._gates.read())["gates"]
        return {name: bool(is_open) for name, is_open in sorted(gates.items())}

    async def save_run(self, run: Run) -> None:
        small = slim(run)

        def change(state: State) -> bool:
            runs = _decode_runs(state["runs"])
            if run.is_running:
                if not run.reported:
                    refuse_unreported(sum(not one.reported for one in runs), MOST_VERDICTS)
                state["beats"][run.server] = run.started_at
            others = [other for other in runs if other.id != run.id]
            place = next((i for i, one in enumerate(runs) if one.id == run.id), len(others))
            others.insert(place, small)
            state["runs"] = _fitting(retained(others, self._history, MOST_VERDICTS))
            return True

        await self._runs.change(change)

    async def run(self, run_id: str) -> Run | None:
        return next((run for run in await self._stored() if run.id == run_id), None)

    async def runs(self, limit: int) -> Sequence[Run]:
        return list(reversed(await self._stored()))[:limit]

    async def latest(self, key: str) -> Run | None:
        newest_first = reversed(await self._stored())
        return next((run for run in newest_first if run.key == key and run.verdict_later), None)

    async def _stored(self) -> list[Run]:
        return _decode_runs((await self._runs.read())["runs"])

    async def beat(self, server: str, now: float) -> None:
        def change(state: State) -> bool:
            beats = {name: at for name, at in state["beats"].items() if _is_recent(at, now)}
            state["beats"] = beats | {server: now}
            return True

        await self._runs.change(change)

    async def beats(self) -> Mapping[str, float]:
        beats = (await self._runs.read())["beats"]
        return {name: at for name, at in beats.items() if isinstance(at, int | float)}

    async def check(self) -> None:
        await self._gates.read()

    async def close(self) -> None:
        await self._gates.close()
        await self._runs.close()


def _is_recent(at: object, now: float) -> bool:
    return isinstance(at, int | float) and now - at < _LONGEST_SILENCE_S


def _decode_runs(values: Sequence[object]) -> list[Run]:
    """What can be read of it; the rest is dropped, and said."""
    runs: list[Run] = []
    for value in values:
        try:
            runs.append(Run.from_json(value))
        except ValueError as error:
            reason = str(error).splitlines()[0]
            log.warning("the ConfigMap holds a run that cannot be read: %s", reason)
    return runs


def slim(run: Run) -> Run:
    """`run` without what would fill a ConfigMap: raw measurements and long texts."""
    report = run.report
    if report is not None:
        report = {name: value for name, value in report.items() if name != "document"}
    return replace(
        run,
        report=report,
        title=run.title[:_TITLE_CHARACTERS],
        error=run.error[:_TITLE_CHARACTERS],
        failed=tuple(text[:_TITLE_CHARACTERS] for text in run.failed[:_MOST_FAILED]),
        output=run.output[-_OUTPUT_CHARACTERS:],
    )


def minimal(run: Run) -> Run:
    """What of `run` a call for its verdict needs."""
    shortest = slice(_SHORT_CHARACTERS)
    return replace(
        run,
        report=None,
        output="",
        title=run.title[shortest],
        error=run.error[shortest],
        failed=tuple(text[shortest] for text in run.failed[:2]),
    )


def _fitting(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The runs as JSON: the newest as they are, older ones without output and report if need be."""
    values: list[dict[str, Any]] = []
    size = 0
    for run in reversed(runs):
        value = run.to_json()
        size += _size(value)
        if size > MOST_BYTES // 2:
            size -= _size(value)
            value = minimal(run).to_json()
            size += _size(value)
        values.append(value)
    values.reverse()
    while size > MOST_BYTES:
        oldest = next((i for i, value in enumerate(values) if value["reported"]), 0)
        size -= _size(values.pop(oldest))
    return values


def _size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":"))) + 1
