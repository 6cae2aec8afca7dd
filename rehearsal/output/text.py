"""Plain lines: the canary's time, the kind of event, the message."""

from collections.abc import Callable
from typing import TextIO

from rehearsal.flagger.controller.ports import Event, LogLine
from rehearsal.recording.snapshot import Glance


class PlainText:
    """Everything as lines on `out`, in order."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def log(self, line: LogLine) -> None:
        if not line.belongs_to_event:
            self._line(line.time_s, "log", line.msg)

    def event(self, event: Event) -> None:
        self._line(event.time_s, event.type, event.message)

    def narrate(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def output(self, text: str) -> None:
        for line in text.splitlines():
            print(f"    | {line}", file=self._out, flush=True)

    def watch(self, glance: Callable[[], Glance]) -> None:
        del glance

    def close(self) -> None:
        return None

    def _line(self, time_s: float, kind: str, text: str) -> None:
        print(f"{canary_time(time_s)}  {kind:<7}  {text}", file=self._out, flush=True)


def canary_time(time_s: float) -> str:
    """The canary's time as minutes and seconds, e.g. `07:03`."""
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes:02d}:{seconds:02d}"
