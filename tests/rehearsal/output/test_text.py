import io

import pytest

from rehearsal.output.text import PlainText, canary_time, lines_of
from rehearsal.recording import Record
from rehearsal.recording.records import (
    AlertRecord,
    EventRecord,
    FaultRecord,
    GaugeRecord,
    LatenessRecord,
    LogRecord,
    NoteRecord,
    OutputRecord,
    ReplicaRecord,
    StepRecord,
    TrafficRecord,
)

NAME = "detail.flagger"


@pytest.mark.parametrize(
    ("record", "lines"),
    [
        (LogRecord(0, "info", "Synced", None, "x.go:1"), [("log", "Synced")]),
        (LogRecord(0, "debug", "quiet", None, "x.go:1"), []),
        (LogRecord(0, "info", "as an event", NAME, "e.go:1", belongs_to_event=True), []),
        (EventRecord(0, "Warning", "Halt", NAME, ""), [("Warning", "Halt")]),
        (AlertRecord(0, "error", "no", NAME, "slack"), [("alert", "error to slack: no")]),
        (AlertRecord(0, "error", "no", NAME, None), []),
        (
            ReplicaRecord(0, "pod-1", "detail", "abc", "exited", "exit code 3: a\nb"),
            [("replica", "pod-1 ended with exit code 3: a"), ("", "    | b")],
        ),
        (ReplicaRecord(0, "pod-1", "detail", "abc", "ready"), []),
        (NoteRecord(0, "a\nb"), [("", "a"), ("", "b")]),
        (NoteRecord(0, ""), [("", "")]),
        (OutputRecord(0, "x\ny"), [("", "    | x"), ("", "    | y")]),
        (StepRecord(0, "one", "first", "started"), [("", ""), ("", "Step one: first")]),
        (StepRecord(0, "one", "first", "passed", ("3 requests",)), [("", "  passed: 3 requests")]),
        (StepRecord(0, "one", "first", "passed", ("",)), [("", "  passed")]),
        (StepRecord(0, "one", "first", "failed", ("a", "b")),
         [("", "  FAILED: a"), ("", "  FAILED: b")]),
        (StepRecord(0, "one", "first", "unfinished", ("interrupted",)),
         [("", "  UNFINISHED: interrupted")]),
        (LatenessRecord(0, "a tick", 2.0), [("late", "a tick came 2.0 s late on this machine")]),
        (GaugeRecord(0, "x", 1.0), []),
        (TrafficRecord(0, 5, 1, 0), []),
        (FaultRecord(0, "x", "delivered"), []),
    ],
)  # fmt: skip
def test_what_a_record_says(record: Record, lines: list[tuple[str, str]]) -> None:
    assert lines_of(record) == lines


def test_lines_have_the_canarys_time() -> None:
    out = io.StringIO()
    renderer = PlainText(out)
    renderer.show(EventRecord(423.9, "Normal", "hello", NAME, ""))
    renderer.show(NoteRecord(423.9, "a note"))
    renderer.watch(lambda: pytest.fail("plain text shows no moments"))
    renderer.close()
    assert out.getvalue() == "07:03  Normal   hello\na note\n"


def test_time_is_minutes_and_seconds() -> None:
    assert [canary_time(t) for t in (0, 59.9, 61, 6000)] == ["00:00", "00:59", "01:01", "100:00"]
