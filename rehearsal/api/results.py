"""What became of a rollout, as values. Pure: it is made of the records of a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rehearsal.output.files import OutputFile
from rehearsal.output.reports import ReportDocument, find_report
from rehearsal.output.verdict import explain_ending, summarise
from rehearsal.recording.records import (
    EventRecord,
    HookRecord,
    MetricRecord,
    Record,
    TickRecord,
    WeightRecord,
)
from rehearsal.recording.snapshot import Snapshot
from rehearsal.scenario.outcome import StepOutcome, StepState

_DETECTION = "New revision detected!"


@dataclass(frozen=True)
class RolloutTick:
    """One tick of the control loop: what came of it, in order.

    Ticks of a rollout are counted from the one that detects the new revision, which is 0.
    `weight` is the canary's share of the traffic after the tick, in percent.
    """

    number: int
    time_s: float
    events: tuple[EventRecord, ...]
    checks: tuple[MetricRecord, ...]
    hooks: tuple[HookRecord, ...]
    weight: int

    @property
    def messages(self) -> tuple[str, ...]:
        """The texts of the events."""
        return tuple(event.message for event in self.events)

    def metric(self, name: str) -> float:
        """The value that the tick's check of a metric was given, in the unit of its query.

        LookupError where the tick asked for no such metric, or got no value.
        """
        asked = [check for check in self.checks if check.metric == name]
        if not asked:
            others = ", ".join(dict.fromkeys(check.metric for check in self.checks)) or "no metric"
            raise LookupError(f"tick {self.number} checked {others}, not {name}")
        value = asked[-1].value
        if value is None:
            raise LookupError(f"tick {self.number}: {name}: {asked[-1].error}")
        return value


@dataclass(frozen=True, repr=False)
class RolloutResult:
    """A rollout that was rehearsed, live or simulated.

    A rehearsal that a broken part ended has no result but an exception; one that did not come to an
    end of the rollout is neither `promoted` nor `rolled_back`, and `state` says why.
    """

    canary: str
    """`name.namespace`."""
    outcomes: tuple[StepOutcome, ...]
    records: tuple[Record, ...] = field(repr=False)
    document: ReportDocument = field(repr=False)

    @property
    def state(self) -> StepState:
        """`passed`, or `inconclusive` where this machine was too slow to say, and so on."""
        return self.document.state

    @property
    def ending(self) -> str:
        """`promoted`, `rolled-back`, or "" where the rollout came to no end."""
        played = [one for one in self.outcomes if one.state != "not run"]
        is_known = bool(played) and self.state not in ("inconclusive", "unfinished", "not run")
        ending = played[-1].ending if is_known else ""
        return ending if ending in ("promoted", "rolled-back") else ""

    @property
    def promoted(self) -> bool:
        """Whether the candidate has become the primary."""
        return self.ending == "promoted"

    @property
    def rolled_back(self) -> bool:
        """Whether the candidate was given up, and all traffic is back on the primary."""
        return self.ending == "rolled-back"

    @property
    def complaints(self) -> tuple[str, ...]:
        """What differed from what was to come, a sentence each."""
        return tuple(line for outcome in self.outcomes for line in outcome.complaints)

    @property
    def requests(self) -> int:
        """Background requests at the apex, from the first to the last."""
        return sum(outcome.traffic.requests for outcome in self.outcomes)

    @property
    def failed_requests(self) -> int:
        """Those of them whose response was a 5xx or did not come."""
        return sum(outcome.traffic.failures for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[str, ...]:
        """Examples of failed requests, as `/path: status 500`."""
        return tuple(line for outcome in self.outcomes for line in outcome.traffic.examples)

    @cached_property
    def events(self) -> tuple[EventRecord, ...]:
        """The Kubernetes events on the Canary in order, each with its `why`."""
        return tuple(
            r for r in self.records if isinstance(r, EventRecord) and r.canary == self.canary
        )

    @property
    def messages(self) -> tuple[str, ...]:
        """The texts of the events."""
        return tuple(event.message for event in self.events)

    @cached_property
    def samples(self) -> tuple[Snapshot, ...]:
        """The canary moment by moment: weights, success rate, duration, replicas, requests."""
        return tuple(r for r in self.records if isinstance(r, Snapshot) and r.canary == self.canary)

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """The canary's shares of the traffic in percent, one after the other, as they changed."""
        found: list[int] = []
        for record in self.records:
            if isinstance(record, WeightRecord) and record.canary == self.canary:
                weight = record.canary_weight
                found += [weight] if found[-1:] != [weight] else []
        return tuple(found)

    @cached_property
    def ticks(self) -> tuple[RolloutTick, ...]:
        """The ticks from the last detection of a new revision on."""
        return _ticks(self.records, self.canary)

    def tick(self, number: int) -> RolloutTick:
        """A tick by its number, 0 being the one that detects the new revision; IndexError."""
        if not 0 <= number < len(self.ticks):
            raise IndexError(f"there is no tick {number}, only 0 to {len(self.ticks) - 1}")
        return self.ticks[number]

    def why(self) -> tuple[str, ...]:
        """The check that failed last, its values at each tick, and its query; empty if none did."""
        return tuple(line.strip() for line in explain_ending(self.records, self.canary))

    def write_report(self, path: str | Path) -> None:
        """Write a report; the name's ending chooses HTML, JSON, Markdown or JUnit's XML."""
        file = Path(path)
        render = find_report(file)
        OutputFile(file, "write_report").write(render(self.document))

    def __str__(self) -> str:
        """A line per event, then the steps and their traffic."""
        events = (
            f"{event.time_s:7.1f} s  {event.type:<7}  {event.message}" for event in self.events
        )
        return "\n".join((*events, summarise(self.outcomes)))

    def __repr__(self) -> str:
        ending = self.ending or f"no ending, {self.state}"
        reason = next((m for m in reversed(self.messages) if m.startswith("Halt ")), "")
        complaint = next(iter(self.complaints), "")
        parts = [f"rehearsal of {self.canary}: {ending}", *filter(None, (reason, complaint))]
        return f"<{'; '.join(parts)}; {self.failed_requests} of {self.requests} requests failed>"


def result_of(document: ReportDocument) -> RolloutResult:
    """The result of a rehearsal that has ended."""
    return RolloutResult(
        document.canary, tuple(document.outcomes), tuple(document.records), document
    )


def _ticks(records: Sequence[Record], canary: str) -> tuple[RolloutTick, ...]:
    own = [r for r in records if getattr(r, "canary", "") == canary]
    starts = [i for i, record in enumerate(own) if isinstance(record, TickRecord)]
    parts = [own[start:end] for start, end in zip(starts, [*starts[1:], len(own)], strict=True)]
    first = max((i for i, part in enumerate(parts) if _detects(part)), default=0)
    weight = _weight(own[: starts[first]], 0) if starts else 0
    found = []
    for number, part in enumerate(parts[first:]):
        weight = _weight(part, weight)
        found.append(_tick(number, part, weight))
    return tuple(found)


def _tick(number: int, part: Sequence[Record], weight: int) -> RolloutTick:
    return RolloutTick(
        number,
        part[0].time_s,
        tuple(r for r in part if isinstance(r, EventRecord)),
        tuple(r for r in part if isinstance(r, MetricRecord)),
        tuple(r for r in part if isinstance(r, HookRecord)),
        weight,
    )


def _weight(records: Iterable[Record], before: int) -> int:
    for record in records:
        if isinstance(record, WeightRecord):
            before = record.canary_weight
    return before


def _detects(records: Iterable[Record]) -> bool:
    return any(isinstance(r, EventRecord) and r.message.startswith(_DETECTION) for r in records)
