"""What a store must promise, whichever it is."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from loadtester.webhooks.runs.run import Run


class Store(Protocol):
    """Gates and runs. A method that changes something returns once the change is durable.

    Every method may raise StoreError; then nothing was changed as far as anybody may rely on.

    Gates are forgotten only while they are closed, which is what a gate that is not known is. The
    newest run of a task whose verdict a later call asks for is kept, however many other runs there
    are, until it was reported; runs besides are forgotten, oldest first.
    """

    beat_s: float
    """How often a server with runs on record says that it lives."""
    patience_s: float
    """How long after that it is taken for dead."""

    async def is_open(self, gate: str) -> bool:
        """Whether `gate` is open; one never opened is closed."""

    async def set_gate(self, gate: str, is_open: bool) -> None:
        """Open or close `gate`."""

    async def gates(self) -> Mapping[str, bool]:
        """Every gate ever touched, by name."""

    async def save_run(self, run: Run) -> None:
        """Insert `run`, or replace the one with its id."""

    async def run(self, run_id: str) -> Run | None:
        """The run with that id."""

    async def runs(self, limit: int) -> Sequence[Run]:
        """The latest runs, newest first; output and raw measurements may be left out."""

    async def latest(self, key: str) -> Run | None:
        """The newest run of one canary and task."""

    async def beat(self, server: str, now: float) -> None:
        """Note that a server lives; `now` in Unix seconds. So does saving a run that is running."""

    async def beats(self) -> Mapping[str, float]:
        """When each server was last known to live."""

    async def check(self) -> None:
        """StoreError unless a change could be made durable now, as far as that can be told."""

    async def close(self) -> None:
        """Let go of files and connections."""
