"""The ways of showing a rehearsal, by name."""

import os
import sys
from collections.abc import Callable

from rehearsal.output.jsonl import JsonLines
from rehearsal.output.terminal import Live
from rehearsal.output.text import PlainText
from rehearsal.recording.event_log import Show

_SHOWS: dict[str, Callable[[float], Show]] = {
    "json": lambda epoch_s: JsonLines(sys.stdout, sys.stderr, epoch_s),
    "live": lambda _: Live(),
    "text": lambda _: PlainText(sys.stdout),
}
FORMATS = tuple(sorted(_SHOWS))


def choose(name: str | None, epoch_s: float) -> Show:
    """The show of that name; by default live on a terminal that can, text elsewhere."""
    if name is None:
        able = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        name = "live" if able else "text"
    return _SHOWS[name](epoch_s)
