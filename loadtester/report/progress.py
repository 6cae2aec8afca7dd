"""How a run is watched while it goes on: drawn on a terminal, as JSON lines, or not at all."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self, TextIO

from rich.console import Console

from loadtester.load.observer import Observer, Snapshot
from loadtester.report.live import LiveProgress

EVERY_S = 1.0
Progress = AbstractContextManager[Observer | None]
"""Entered before the run and left after it; gives the observer of the run, if there is one."""


def automatic() -> Progress:
    """Live where standard error is a terminal that can move its cursor, else nothing."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return LiveProgress(Console(stderr=True))
    return contextlib.nullcontext()


def lines() -> Progress:
    """One JSON object a second on standard error, for a program that watches."""
    return JsonLines(sys.stderr)


def none() -> Progress:
    """Nothing."""
    return contextlib.nullcontext()


PROGRESS: dict[str, Callable[[], Progress]] = {"auto": automatic, "json": lines, "none": none}


class JsonLines:
    """Writes `{"progress": {...}}`, one a second of the run, and the last moment at its end."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._next_s = EVERY_S
        self._unwritten: Snapshot | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._unwritten is not None:
            self._write(self._unwritten)

    def __call__(self, snapshot: Snapshot) -> None:
        """Take in a snapshot, and write it if its second has come."""
        self._unwritten = snapshot
        if snapshot.elapsed_s >= self._next_s:
            self._next_s = snapshot.elapsed_s + EVERY_S
            self._write(snapshot)

    def _write(self, snapshot: Snapshot) -> None:
        self._unwritten = None
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more: the run goes on
            print(json.dumps({"progress": described(snapshot)}), file=self._file, flush=True)


def described(snapshot: Snapshot) -> dict[str, float | int | str | None]:
    """A snapshot as plain values."""
    done = snapshot.completed + snapshot.errors
    return {
        "phase": snapshot.phase,
        "elapsed_s": round(snapshot.elapsed_s, 3),
        "remaining_s": _rounded(snapshot.remaining_s),
        "sent": done + snapshot.in_flight,
        "done": done,
        "errors": snapshot.errors,
        "in_flight": snapshot.in_flight,
        "backlog": snapshot.backlog,
        "rate_per_s": _rounded(snapshot.rate_rps),
        "p50_ms": _rounded(snapshot.p50_ms),
        "p99_ms": _rounded(snapshot.p99_ms),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 3)
