"""The journal: everything that was said and done, kept and passed on to whoever shows it."""

import threading
from collections.abc import Callable
from typing import Protocol

from rehearsal.flagger.controller.ports import Alert, Event, Gauge, LogLine
from rehearsal.recording.snapshot import Glance


class Show(Protocol):
    """One way of showing a rehearsal. Calls come one at a time, from any thread."""

    def log(self, line: LogLine) -> None:
        """A line of the controller's log."""

    def event(self, event: Event) -> None:
        """A Kubernetes event on the canary; its log line came just before."""

    def narrate(self, text: str) -> None:
        """Something the stage itself has to say."""

    def output(self, text: str) -> None:
        """What a command of the story printed."""

    def watch(self, glance: Callable[[], Glance]) -> None:
        """Where the moment can be looked at, for a show that has room for it."""

    def close(self) -> None:
        """The moment is over; only narration may follow."""


class Journal:
    """The controller's `Events` port: remembers, and passes on."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._lock = threading.RLock()
        self._events: list[Event] = []
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Be told of every event, in the thread in which it happens."""
        self._listeners.append(listener)

    def events(self, since: int = 0) -> list[Event]:
        """The events so far, from the given position on."""
        with self._lock:
            return self._events[since:]

    def log(self, line: LogLine) -> None:
        if line.level != "debug":
            with self._lock:
                self._show.log(line)

    def event(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)
            self._show.event(event)
        for listener in self._listeners:
            listener(event)

    def alert(self, alert: Alert) -> None:
        del alert

    def gauge(self, gauge: Gauge) -> None:
        del gauge

    def narrate(self, text: str) -> None:
        with self._lock:
            self._show.narrate(text)

    def output(self, text: str) -> None:
        with self._lock:
            self._show.output(text)
