"""Gates and runs in this process only: what Flagger's own load tester does."""

from collections.abc import Mapping, Sequence

from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.stores.retention import (
    MOST_VERDICTS,
    forgotten_gates,
    refuse_gate,
    refuse_unreported,
    retained,
)


class MemoryStore:
    """A Store that forgets everything when the process ends."""

    beat_s = 1.0
    patience_s = 5.0

    def __init__(self, history: int = 1000) -> None:
        self._history = history
        self._gates: dict[str, bool] = {}
        self._runs: dict[str, Run] = {}
        self._beats: dict[str, float] = {}

    async def is_open(self, gate: str) -> bool:
        return self._gates.get(gate, False)

    async def set_gate(self, gate: str, is_open: bool) -> None:
        refuse_gate(self._gates, gate, is_open)
        self._gates.pop(gate, None)
        self._gates[gate] = is_open
        for name in forgotten_gates(self._gates):
            del self._gates[name]

    async def gates(self) -> Mapping[str, bool]:
        return dict(sorted(self._gates.items()))

    async def save_run(self, run: Run) -> None:
        if run.is_running:
            if not run.reported:
                refuse_unreported(self._unreported(), MOST_VERDICTS)
            await self.beat(run.server, run.started_at)
        self._runs[run.id] = run
        if len(self._runs) > self._history:
            kept = retained(list(self._runs.values()), self._history)
            self._runs = {run.id: run for run in kept}

    def _unreported(self) -> int:
        return sum(not run.reported for run in self._runs.values())

    async def run(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    async def runs(self, limit: int) -> Sequence[Run]:
        return list(reversed(self._runs.values()))[:limit]

    async def latest(self, key: str) -> Run | None:
        newest_first = reversed(self._runs.values())
        return next((run for run in newest_first if run.key == key and run.verdict_later), None)

    async def beat(self, server: str, now: float) -> None:
        self._beats[server] = now

    async def beats(self) -> Mapping[str, float]:
        return dict(self._beats)

    async def check(self) -> None:
        """Always well."""

    async def close(self) -> None:
        """Nothing to let go of."""
