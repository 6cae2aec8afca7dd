"""Gates and runs in one ConfigMap, which all replicas of the load tester share.

Every cluster has the API that this needs, it is as durable as the Canary objects themselves, and
its resourceVersion makes a change safe without locks: read, change, write back only if nobody
wrote in between, else again. A ConfigMap holds 1 MiB at most, so only the latest runs are kept,
without the raw measurements of their reports.
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs import Run
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, ConflictError

HISTORY = 50
_OUTPUT_CHARACTERS = 2000
_TRIES = 30
_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5

State = dict[str, Any]


class ConfigMapStore:
    """A Store in the ConfigMap of ``client``, under the keys ``gates`` and ``runs``."""

    def __init__(self, client: ConfigMapClient, history: int = HISTORY) -> None:
        self._client = client
        self._history = min(history, HISTORY)
        self._writing = asyncio.Lock()

    async def is_open(self, gate: str) -> bool:
        return bool((await self._read())["gates"].get(gate, False))

    async def set_gate(self, gate: str, is_open: bool) -> None:
        def change(state: State) -> bool:
            changed = state["gates"].get(gate) is not is_open
            state["gates"][gate] = is_open
            return changed

        await self._change(change)

    async def gates(self) -> Mapping[str, bool]:
        return dict(sorted((await self._read())["gates"].items()))

    async def save_run(self, run: Run) -> None:
        value = slim(run).to_json()

        def change(state: State) -> bool:
            others = [other for other in state["runs"] if other["id"] != run.id]
            place = next((i for i, r in enumerate(state["runs"]) if r["id"] == run.id), len(others))
            others.insert(place, value)
            state["runs"] = others[-self._history :]
            return True

        await self._change(change)

    async def run(self, run_id: str) -> Run | None:
        return next((run for run in await self.runs(self._history) if run.id == run_id), None)

    async def runs(self, limit: int) -> Sequence[Run]:
        newest_first = reversed((await self._read())["runs"])
        return [Run.from_json(value) for value in newest_first][:limit]

    async def latest(self, key: str) -> Run | None:
        return next((run for run in await self.runs(self._history) if run.key == key), None)

    async def close(self) -> None:
        await self._client.close()

    async def _read(self) -> State:
        return _state((await self._client.read())[0])

    async def _change(self, change: Callable[[State], bool]) -> None:
        """Apply ``change``, which says whether there is anything to write, until it sticks."""
        async with self._writing:
            for attempt in range(_TRIES):
                data, version = await self._client.read()
                state = _state(data)
                if not change(state):
                    return None
                try:
                    return await self._client.write(_data(state), version)
                except ConflictError:
                    longest_s = min(_LONGEST_PAUSE_S, _PAUSE_S * 2**attempt)
                    await asyncio.sleep(random.uniform(0, longest_s))
        raise StoreError(f"the ConfigMap changed under us {_TRIES} times in a row")


def slim(run: Run) -> Run:
    """``run`` without what would fill a ConfigMap: raw measurements and long output."""
    report = run.report
    if report is not None:
        report = {name: value for name, value in report.items() if name != "document"}
    return replace(run, report=report, output=run.output[-_OUTPUT_CHARACTERS:])


def _state(data: Mapping[str, str]) -> State:
    try:
        gates, runs = json.loads(data.get("gates", "{}")), json.loads(data.get("runs", "[]"))
    except ValueError as error:
        raise StoreError(f"the ConfigMap does not hold what we wrote: {error}") from None
    if not isinstance(gates, dict) or not isinstance(runs, list):
        raise StoreError("the ConfigMap does not hold what we wrote")
    return {"gates": gates, "runs": runs}


def _data(state: State) -> dict[str, str]:
    return {
        "gates": json.dumps(state["gates"], sort_keys=True),
        "runs": json.dumps(state["runs"], separators=(",", ":")),
    }
