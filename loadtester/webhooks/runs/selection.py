"""Which runs somebody looks for: by a text in what they are called, and by their state. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from loadtester.webhooks.runs.run import Run, RunState


@dataclass(frozen=True)
class RunSelection:
    """All runs, unless there is a text or there are states; letters of either case are the same."""

    text: str = ""
    states: frozenset[RunState] = frozenset()

    @property
    def takes_all(self) -> bool:
        """Whether it selects nothing."""
        return not (self.text or self.states)

    def takes(self, run: Run) -> bool:
        """Whether a run is looked for."""
        if self.states and run.state not in self.states:
            return False
        wanted = self.text.lower()
        return any(wanted in text.lower() for text in (run.title, run.canary, run.type, run.id))

    def page_of(self, runs: Iterable[Run], limit: int, offset: int) -> list[Run]:
        """Of runs in order those that are looked for, `limit` of them after the first `offset`."""
        return [run for run in runs if self.takes(run)][offset : offset + limit]


EVERY_RUN = RunSelection()
