"""The controller's log as JSON lines, as `kubectl logs deploy/flagger` would print them.

Keys and their order are zap's in Flagger: level, ts, caller, msg, canary (empty where Flagger names
none). Standard output holds nothing else, so that `| jq .msg` gives the lines of the tutorial; the
stage speaks on standard error.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from rehearsal.flagger.controller.ports import Event, LogLine
from rehearsal.recording.snapshot import Glance


class JsonLines:
    """One JSON object per log line on `out`; narration as plain lines on `aside`."""

    def __init__(self, out: TextIO, aside: TextIO, epoch_s: float) -> None:
        self._out = out
        self._aside = aside
        self._epoch_s = epoch_s

    def log(self, line: LogLine) -> None:
        moment = datetime.fromtimestamp(self._epoch_s + line.time_s, UTC)
        fields = {
            "level": line.level,
            "ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "caller": line.caller,
            "msg": line.msg,
            "canary": line.canary or "",
        }
        print(json.dumps(fields, ensure_ascii=False), file=self._out, flush=True)

    def event(self, event: Event) -> None:
        del event

    def narrate(self, text: str) -> None:
        print(text, file=self._aside, flush=True)

    def output(self, text: str) -> None:
        for line in text.splitlines():
            print(f"    {line}", file=self._aside, flush=True)

    def watch(self, glance: Callable[[], Glance]) -> None:
        del glance

    def close(self) -> None:
        return None
