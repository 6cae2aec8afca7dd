from dataclasses import replace

from rehearsal.output.web.selection import MOST_LINES, select
from rehearsal.recording.records import GaugeRecord, LogRecord, MetricRecord, NoteRecord, Record
from rehearsal.recording.snapshot import Snapshot

SNAPSHOT = Snapshot(1.0, "a.b", "Progressing", 95, 5, 0, 1)


def test_a_snapshot_that_says_nothing_new_is_left_out() -> None:
    other = replace(SNAPSHOT, canary="c.d")
    records: list[Record] = [
        SNAPSHOT,
        other,
        replace(SNAPSHOT, time_s=2.0),
        replace(SNAPSHOT, time_s=3.0, canary_weight=10),
        replace(other, time_s=3.0),
        replace(SNAPSHOT, time_s=4.0),
    ]
    assert list(select(records)) == [records[0], records[1], records[3], records[5]]


def test_what_is_not_drawn_is_left_out() -> None:
    note = NoteRecord(1, "a")
    left_out = [GaugeRecord(1, "g", 1), LogRecord(1, "info", "m", None, "c")]
    assert list(select([*left_out, note])) == [note]


def test_a_check_is_shortened() -> None:
    check = MetricRecord(1, "a.b", "x", " sum(\n  up )", 1.0, "", tuple(map(str, range(50))))
    (found,) = select([check])
    assert isinstance(found, MetricRecord)
    assert found.query == "sum( up )"
    assert len(found.explanation) == MOST_LINES
