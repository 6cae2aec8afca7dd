import io
import json

import pytest

from rehearsal.output.jsonl import JsonLines, log_line
from rehearsal.recording.records import EventRecord, LogRecord, NoteRecord, StepRecord

EPOCH_S = 1_790_000_000.0


def test_a_line_is_flaggers_byte_for_byte() -> None:
    """Key order, separators and time are those of zap's production encoder in Flagger."""
    record = LogRecord(
        1.5, "info", 'Advance "x" <y> é', "detail.flagger", "controller/events.go:33"
    )
    assert log_line(record, EPOCH_S) == (
        '{"level":"info","ts":"2026-09-21T14:13:21.500Z","caller":"controller/events.go:33",'
        '"msg":"Advance \\"x\\" <y> é","canary":"detail.flagger"}'
    )


def test_a_line_without_a_canary_has_no_such_key() -> None:
    record = LogRecord(0.0, "info", "Synced flagger/detail", None, "controller/controller.go:323")
    assert list(json.loads(log_line(record, EPOCH_S))) == ["level", "ts", "caller", "msg"]


def test_standard_output_holds_the_log_alone() -> None:
    out, aside = io.StringIO(), io.StringIO()
    lines = JsonLines(out, aside, EPOCH_S)
    lines.show(LogRecord(0.0, "info", "logged", None, "x.go:1"))
    lines.show(LogRecord(0.0, "debug", "not logged", None, "x.go:1"))
    lines.show(EventRecord(0.0, "Normal", "its log line came before", "a.b", ""))
    lines.show(NoteRecord(0.0, "a note"))
    lines.show(StepRecord(0.0, "one", "first", "passed", ("",)))
    lines.close()
    assert [json.loads(line)["msg"] for line in out.getvalue().splitlines()] == ["logged"]
    assert aside.getvalue() == "a note\n  passed\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x00\x1f\x7f", "\\u0000\\u001f\x7f"),
        ("\b\f", r"\u0008\u000c"),
        ("\\b \\\b", r"\\b \\\u0008"),
        ("<&>\u2028", "<&>\u2028"),
        ("x\ud800y", r"x\ufffdy"),
    ],
)
def test_texts_are_escaped_as_zap_does(text: str, written: str) -> None:
    line = log_line(LogRecord(0.0, "info", text, None, "x.go:1"), EPOCH_S)
    assert line.endswith(f',"msg":"{written}"}}')
