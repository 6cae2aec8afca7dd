"""The controller's log as JSON lines, byte for byte as `kubectl logs deploy/flagger` prints them.

Keys and their order are zap's in Flagger: level, ts, caller, msg, and canary where Flagger names
one. Standard output holds nothing else, so that `| jq .msg` gives the lines of the tutorial; the
rehearsal itself speaks on standard error.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from rehearsal.output.text import lines_of
from rehearsal.recording.records import EventRecord, LogRecord, Record
from rehearsal.recording.snapshot import Snapshot

_ESCAPES = re.compile(r"\\.|[\ud800-\udfff]")
_BY_NUMBER = {chr(code): r"\ufffd" for code in range(0xD800, 0xE000)} | {
    r"\b": r"\u0008",
    r"\f": r"\u000c",
}


class JsonLines:
    """One JSON object per log line on `out`; everything else as plain lines on `aside`."""

    def __init__(self, out: TextIO, aside: TextIO, epoch_s: float) -> None:
        self._out = out
        self._aside = aside
        self._epoch_s = epoch_s

    def show(self, record: Record) -> None:
        if isinstance(record, LogRecord):
            if record.level != "debug":
                print(log_line(record, self._epoch_s), file=self._out, flush=True)
        elif not isinstance(record, EventRecord):
            for _, text in lines_of(record):
                print(text, file=self._aside, flush=True)

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        del snapshot

    def close(self) -> None:
        return None


def log_line(record: LogRecord, epoch_s: float) -> str:
    """A line of Flagger's log, without its line break."""
    moment = datetime.fromtimestamp(epoch_s + record.time_s, UTC)
    fields = {
        "level": record.level,
        "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "caller": record.caller,
        "msg": record.message,
    }
    if record.canary is not None:
        fields["canary"] = record.canary
    return _as_zap(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


def _as_zap(text: str) -> str:
    """What zap writes otherwise: a backspace and a form feed by their numbers, `\\ufffd` for what
    is no character (zapcore/json_encoder.go, safeAppendStringLike)."""
    return _ESCAPES.sub(lambda found: _BY_NUMBER.get(found[0], found[0]), text)
