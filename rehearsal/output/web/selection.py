"""Which records the page draws, and in how much detail. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rehearsal.recording.records import (
    GaugeRecord,
    LogRecord,
    MetricRecord,
    Record,
    StatusRecord,
    TickRecord,
    WeightRecord,
)
from rehearsal.recording.snapshot import Snapshot

_LEFT_OUT = (GaugeRecord, LogRecord, StatusRecord, TickRecord, WeightRecord)
MOST_LINES = 8
"""Lines of a check's explanation that are kept."""


class Selection:
    """Picks records one by one, in order: a snapshot that says nothing new is left out."""

    def __init__(self) -> None:
        self._last: dict[str, Snapshot] = {}

    def pick(self, record: Record) -> Record | None:
        """The record as the page has it, None for one that it does not draw."""
        if isinstance(record, _LEFT_OUT):
            return None
        if isinstance(record, MetricRecord):
            query = " ".join(record.query.split())
            return replace(record, query=query, explanation=record.explanation[:MOST_LINES])
        if isinstance(record, Snapshot):
            last = self._last.get(record.canary)
            if last is not None and replace(last, time_s=record.time_s) == record:
                return None
            self._last[record.canary] = record
        return record


def select(records: Iterable[Record]) -> Iterator[Record]:
    """All that the page draws of these records."""
    selection = Selection()
    return (kept for record in records if (kept := selection.pick(record)) is not None)
