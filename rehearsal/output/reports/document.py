"""What every report is made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rehearsal.flagger.canary.model import Canary
from rehearsal.output.reports.traced import Traced
from rehearsal.recording.records import Record
from rehearsal.scenario.outcome import StepOutcome, StepState, overall_state


@dataclass(frozen=True)
class ReportDocument:
    """A rehearsal that has ended. `interrupted` tells of a signal or of a part that broke.

    `canaries` are all that were controlled, each with its provider, as they stood at the start;
    `service_map` draws the services that called each other as SVG, "" where none is known,
    and `traced` is what it shows.
    """

    version: str
    canary: str
    provider: str
    scenario: str
    started_at_s: float
    speed: float
    outcomes: Sequence[StepOutcome]
    records: Sequence[Record]
    exit_code: int
    interrupted: str = ""
    canaries: Sequence[tuple[Canary, str]] = ()
    service_map: Callable[[], str] = str
    traced: Traced | None = None

    @property
    def state(self) -> StepState:
        return overall_state(self.outcomes)
