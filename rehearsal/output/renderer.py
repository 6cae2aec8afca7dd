"""The ways of showing a rehearsal while it runs, by name: subscribers of its recording."""

import os
import sys
from collections.abc import Callable
from typing import Protocol

from rehearsal.output.jsonl import JsonLines
from rehearsal.output.text import PlainText
from rehearsal.recording.records import Record
from rehearsal.recording.snapshot import Snapshot


class Renderer(Protocol):
    """One way of showing records. Calls come one at a time, from any thread."""

    def show(self, record: Record) -> None:
        """Show a record, or leave it."""

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        """Where the present moment can be read, for a renderer that has room for it."""

    def close(self) -> None:
        """The moment is over; only notes may follow."""


class Silent:
    """Shows nothing: for those who read the records afterwards."""

    def show(self, record: Record) -> None:
        del record

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        del snapshot

    def close(self) -> None:
        return None


def _terminal() -> Renderer:
    from rehearsal.output.terminal import Terminal  # rich is slow to import

    return Terminal()


_RENDERERS: dict[str, Callable[[float], Renderer]] = {
    "json": lambda epoch_s: JsonLines(sys.stdout, sys.stderr, epoch_s),
    "live": lambda _: _terminal(),
    "text": lambda _: PlainText(sys.stdout),
}
FORMATS = tuple(sorted(_RENDERERS))


def choose_renderer(name: str | None, epoch_s: float) -> Renderer:
    """The renderer of that name; by default live on a terminal that can, text elsewhere."""
    if name is None:
        able = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        name = "live" if able else "text"
    return _RENDERERS[name](epoch_s)
