"""Gates and runs in this process only: what Flagger's own load tester does."""

from collections.abc import Mapping, Sequence

from loadtester.webhooks.runs import Run


class MemoryStore:
    """A Store that forgets everything when the process ends."""

    def __init__(self, history: int = 1000) -> None:
        self._history = history
        self._gates: dict[str, bool] = {}
        self._runs: dict[str, Run] = {}

    async def is_open(self, gate: str) -> bool:
        return self._gates.get(gate, False)

    async def set_gate(self, gate: str, is_open: bool) -> None:
        self._gates[gate] = is_open

    async def gates(self) -> Mapping[str, bool]:
        return dict(sorted(self._gates.items()))

    async def save_run(self, run: Run) -> None:
        self._runs[run.id] = run
        while len(self._runs) > self._history:
            del self._runs[next(iter(self._runs))]

    async def run(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    async def runs(self, limit: int) -> Sequence[Run]:
        return list(reversed(self._runs.values()))[:limit]

    async def latest(self, key: str) -> Run | None:
        return next((run for run in reversed(self._runs.values()) if run.key == key), None)

    async def close(self) -> None:
        """Nothing to let go of."""
