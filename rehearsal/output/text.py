"""Plain lines: the canary's time, the kind of record, the message."""

from collections.abc import Callable
from typing import TextIO

from rehearsal.recording.records import (
    AlertRecord,
    EventRecord,
    LatenessRecord,
    LogRecord,
    NoteRecord,
    OutputRecord,
    Record,
    ReplicaRecord,
    StepRecord,
)
from rehearsal.recording.snapshot import Snapshot

Line = tuple[str, str]
"""A kind (`Normal`, `Warning`, `log`, `alert`; empty for the rehearsal's own words), and a text."""


class PlainText:
    """Everything as lines on `out`, in order."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, record: Record) -> None:
        for kind, text in lines_of(record):
            prefix = f"{canary_time(record.time_s)}  {kind:<7}  " if kind else ""
            print(f"{prefix}{text}", file=self._out, flush=True)

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        del snapshot

    def close(self) -> None:
        return None


def lines_of(record: Record) -> list[Line]:
    """What a record says to people; nothing for most kinds of records."""
    match record:
        case LogRecord() if record.level != "debug" and not record.belongs_to_event:
            return [("log", record.message)]
        case EventRecord():
            return [(record.type, record.message)]
        case AlertRecord() if record.provider is not None:
            return [("alert", f"{record.severity} to {record.provider}: {record.message}")]
        case ReplicaRecord(state="exited"):
            return _exited(record)
        case NoteRecord():
            return [("", line) for line in record.text.splitlines() or [""]]
        case OutputRecord():
            return [("", f"    | {line}") for line in record.text.splitlines()]
        case StepRecord():
            return step_lines(record)
        case LatenessRecord():
            return [("late", f"{record.what} came {record.late_s:.1f} s late on this machine")]
    return []


def step_lines(record: StepRecord) -> list[Line]:
    """A step's heading, or how it ended."""
    if record.state == "started":
        return [("", ""), ("", f"Step {record.step}: {record.title}")]
    if record.state == "passed":
        numbers = f": {record.details[0]}" if record.details and record.details[0] else ""
        return [("", f"  passed{numbers}")]
    return [("", f"  {record.state.upper()}: {detail}") for detail in record.details]


def _exited(record: ReplicaRecord) -> list[Line]:
    first, *rest = record.detail.splitlines() or [""]
    return [("replica", f"{record.pod} ended with {first}"), *(("", f"    | {r}") for r in rest)]


def canary_time(time_s: float) -> str:
    """The canary's time as minutes and seconds, e.g. `07:03`."""
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes:02d}:{seconds:02d}"
