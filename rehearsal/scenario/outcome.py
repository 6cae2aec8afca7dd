"""How a step ended. Only a step that was played to its end has passed or failed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.recording.records import EventRecord, Record, TrafficRecord
from rehearsal.scenario.step import Step

StepState = Literal["passed", "failed", "unfinished", "inconclusive", "not run"]


@dataclass
class StepOutcome:
    """A step, how it ended, and why; `complaints` is empty when it passed.

    `ending` is what became of the canary: `initialized`, `promoted`, `rolled-back`, or "" when it
    came to no end.
    """

    step: Step
    state: StepState = "not run"
    complaints: list[str] = field(default_factory=list)
    ending: str = ""
    messages: list[str] = field(default_factory=list)
    traffic: "TrafficSummary" = field(default_factory=lambda: TrafficSummary())
    deliveries: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By fault: matched, delivered."""

    @property
    def idle_faults(self) -> dict[str, int]:
        """The faults that reached nobody though somebody was expected, with what they matched."""
        if not self.step.expect.delivered:
            return {}
        return {
            fault: matched
            for fault, (matched, delivered) in self.deliveries.items()
            if delivered == 0
        }

    def to_json(self) -> dict[str, Any]:
        """As the report has it."""
        traffic = self.traffic
        return {
            "step": self.step.name,
            "title": self.step.title,
            "state": self.state,
            "complaints": self.complaints,
            "ending": self.ending,
            "messages": self.messages,
            "requests": traffic.requests,
            "failed_requests": traffic.failures,
            "failure_examples": traffic.examples[:5],
            "requests_by_side": dict(traffic.sides),
            "requests_by_weight": {str(w): dict(s) for w, s in traffic.by_weight.items()},
            "faults": [
                {"fault": fault, "matched": matched, "delivered": delivered}
                for fault, (matched, delivered) in self.deliveries.items()
            ],
        }


@dataclass
class TrafficSummary:
    """Background requests of a step.

    `failures_by_weight` counts by the weight of the canary, None for those during a change of it.
    """

    sides: Counter[str] = field(default_factory=Counter)
    by_weight: dict[int, Counter[str]] = field(default_factory=dict)
    failures: int = 0
    examples: list[str] = field(default_factory=list)
    failures_by_weight: Counter[int | None] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        return self.sides.total()

    @classmethod
    def of(cls, records: Iterable[Record]) -> "TrafficSummary":
        """Summed over the records of a step."""
        found = cls()
        for record in records:
            if isinstance(record, TrafficRecord):
                found._add(record)
        return found

    def _add(self, record: TrafficRecord) -> None:
        self.sides.update(record.sides)
        self.failures += record.failures
        if record.failures:
            self.failures_by_weight[record.weight] += record.failures
        self.examples += record.examples
        if record.weight is not None:
            self.by_weight.setdefault(record.weight, Counter()).update(record.sides)


def messages_of(records: Iterable[Record], canary: str) -> list[str]:
    """The messages of a canary's events, in order."""
    events = (r for r in records if isinstance(r, EventRecord) and r.canary == canary)
    return [event.message for event in events]


def overall_state(outcomes: Sequence[StepOutcome]) -> StepState:
    """The worst of all: failed, then inconclusive, unfinished, not run; passed if all passed.

    Where there are none, nothing was run.
    """
    if not outcomes:
        return "not run"
    order: tuple[StepState, ...] = ("failed", "inconclusive", "unfinished", "not run")
    states = {outcome.state for outcome in outcomes}
    return next((state for state in order if state in states), "passed")
