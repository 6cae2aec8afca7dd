"""`--db`: traces, sampling rules and groups in a SQLite file, there again after a restart.

The store is filled from the file at the start; what it takes in and lets go of from then on is
written behind it, some at a time, by a thread. The file is one program's at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from commons.errors import UserError
from xray_local.api.kept import Lines, kept_lines, restore_lines
from xray_local.api.state import State
from xray_local.span_rows import read_row, write_row
from xray_local.spans import Span
from xray_local.store import TraceStore

log = logging.getLogger("xray")
APPLICATION_ID = 0x58_52_41_59
SCHEMA_VERSION = 1
SAVE_EVERY_S = 0.5
_MOST_WAITING = 200_000
_SCHEMA = """
CREATE TABLE spans (
  trace_id TEXT NOT NULL,
  span_id TEXT NOT NULL,
  arrived_s REAL NOT NULL,
  span TEXT NOT NULL,
  PRIMARY KEY (trace_id, span_id)
) WITHOUT ROWID
"""
_SETTINGS = """
CREATE TABLE IF NOT EXISTS settings (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID
"""
_Change = tuple[str, float, Span | None]
"""A trace id, when, and a span that was kept, or None: the trace was let go of."""


class TraceDatabase:
    """A file that follows a store. `unsaved` counts changes that could not be written."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. UserError for one that is not ours to use."""
        self.path = path
        self.unsaved = 0
        self._store: TraceStore | None = None
        self._changes: deque[_Change] = deque()
        self._saving = threading.Lock()
        self._connection = _open(path)
        self._state: State | None = None
        self._kept: Lines = {}

    def restore(self, store: TraceStore) -> int:
        """Fill the store, then follow it; how many spans that were. UserError for a bad file."""
        count = 0
        try:
            rows = self._connection.execute("SELECT arrived_s, span FROM spans ORDER BY arrived_s")
            for arrived_s, text in rows:
                store.add((read_row(text),), arrived_s)
                count += 1
            kept = {trace.id for trace in store.traces()}
            known = self._connection.execute("SELECT DISTINCT trace_id FROM spans").fetchall()
        except (sqlite3.Error, ValueError, TypeError, IndexError, KeyError) as error:
            raise UserError(f"--db {self.path}: is damaged: {error}; move it away") from None
        self._store = store
        store.listen(self._added, self._dropped)
        for (trace_id,) in known:
            if trace_id not in kept:
                self._dropped(trace_id)
        return count

    def restore_state(self, state: State, *, rules: bool) -> None:
        """Put the rules and groups of the file in force, then follow them; without `rules` those
        that are in force stay. UserError for a bad file."""
        try:
            rows = self._connection.execute("SELECT kind, name, line FROM settings").fetchall()
            restore_lines(state, rows, rules=rules)
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise UserError(f"--db {self.path}: is damaged: {error}; move it away") from None
        self._kept = {(kind, name): line for kind, name, line in rows}
        self._state = state

    def _added(self, spans: Sequence[Span]) -> None:
        at_s = self._store.clock() if self._store else 0.0
        self._changes.extend((span.trace_id, at_s, span) for span in spans)
        while len(self._changes) > _MOST_WAITING:
            self._changes.popleft()
            self.unsaved += 1

    def _dropped(self, trace_id: str) -> None:
        self._changes.append((trace_id, 0.0, None))

    async def run(self) -> None:
        """Save what has changed, now and then, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            lines = self._lines()
            await asyncio.to_thread(self.save, lines)

    def _lines(self) -> Lines:
        return kept_lines(self._state) if self._state else self._kept

    def save(self, lines: Lines | None = None) -> None:
        """Write what has changed since the last time. A disk that is full costs changes, and is
        said once. `lines` are the rules and groups, where another thread changes them."""
        with self._saving:
            lines = self._lines() if lines is None else lines
            if lines != self._kept:
                self._save_lines(lines)
            changes = [self._changes.popleft() for _ in range(len(self._changes))]
            if changes:
                self._save(changes)

    def _save(self, changes: list[_Change]) -> None:
        try:
            with self._connection:
                for is_kept, some in groupby(changes, lambda change: change[2] is not None):
                    self._write(list(some), is_kept=is_kept)
        except sqlite3.Error as error:
            if not self.unsaved:
                log.error("--db %s: cannot be written: %s", self.path, error)
            self.unsaved += len(changes)

    def _save_lines(self, lines: Lines) -> None:
        rows = [(kind, name, line) for (kind, name), line in lines.items()]
        try:
            with self._connection:
                self._connection.execute("DELETE FROM settings")
                self._connection.executemany("INSERT INTO settings VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            log.error("--db %s: rules and groups cannot be written: %s", self.path, error)
        self._kept = lines

    def _write(self, changes: list[_Change], *, is_kept: bool) -> None:
        if not is_kept:
            ids = [(trace_id,) for trace_id, _, _ in changes]
            self._connection.executemany("DELETE FROM spans WHERE trace_id = ?", ids)
            return
        rows = [
            (trace_id, span.span_id, at_s, write_row(span))
            for trace_id, at_s, span in changes
            if span is not None
        ]
        self._connection.executemany(
            "INSERT INTO spans VALUES (?, ?, ?, ?) ON CONFLICT (trace_id, span_id)"
            " DO UPDATE SET span = excluded.span",
            rows,
        )

    def close(self) -> None:
        """Save the rest. Idempotent."""
        with contextlib.suppress(sqlite3.ProgrammingError):
            self.save()
        self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=1.0, check_same_thread=False)
    except sqlite3.Error as error:
        raise UserError(f"--db {path}: cannot be opened: {error}") from None
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise UserError(f"--db {path}: {_reason(error)}") from None
    except UserError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Take the file for ourselves, check that it is ours and sound, and give it its table."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    is_new = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not is_new and application != APPLICATION_ID:
        raise UserError(f"--db {path}: is a database of another program; name another file")
    if not is_new and version != SCHEMA_VERSION:
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise UserError(f"--db {path}: was written by {age} version of xray; name another file")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if is_new:
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute(_SETTINGS)
    sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if sound != "ok":
        raise UserError(f"--db {path}: is damaged: {str(sound)[:100]}; move it away")


def _reason(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return "is in use by another process"
    if "not a database" in text:
        return "is not a SQLite database; name another file"
    if "malformed" in text or "corrupt" in text:
        return f"is damaged: {text}; move it away"
    return f"cannot be used: {text}"
