"""What every report is made from."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.verdict import Judgement


@dataclass(frozen=True)
class Report:
    """A run, how it was judged, and what it is called."""

    result: RunResult
    judgements: tuple[Judgement, ...] = ()
    title: str = ""

    @property
    def failed(self) -> tuple[Judgement, ...]:
        """The thresholds that were not kept."""
        return tuple(judgement for judgement in self.judgements if not judgement.ok)


Renderer = Callable[[Report], str]
"""One kind of report: the whole text of it, with its last newline."""
