"""Gates and runs in one SQLite file, in WAL mode, synced before a change is acknowledged.

``synchronous=FULL`` makes every commit an fsync of the log, so neither ``kill -9`` nor a power
cut loses an acknowledged change. Writes go through one thread; reads, which never wait for a
writer in WAL mode, are answered at once on the event loop.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs import Run

_SCHEMA = """
CREATE TABLE IF NOT EXISTS gates (name TEXT PRIMARY KEY, is_open INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS history (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,
    value TEXT NOT NULL, bulk TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS history_by_key ON history (key, number);
"""
_SAVE_RUN = """
INSERT INTO history (id, key, value, bulk) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET value = excluded.value, bulk = excluded.bulk
"""
_FORGET = "DELETE FROM history WHERE number <= (SELECT max(number) FROM history) - ?"


class SqliteStore:
    """A Store in the file ``path``; StoreError if it cannot be opened."""

    def __init__(self, path: Path, history: int = 1000) -> None:
        self._history = history
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _connect(path)
            self._writer.executescript(_SCHEMA)
            self._reader = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: {error}") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def is_open(self, gate: str) -> bool:
        rows = self._read("SELECT is_open FROM gates WHERE name = ?", gate)
        return bool(rows and rows[0][0])

    async def set_gate(self, gate: str, is_open: bool) -> None:
        statement = "INSERT OR REPLACE INTO gates (name, is_open) VALUES (?, ?)"
        await self._write(lambda: self._writer.execute(statement, (gate, int(is_open))))

    async def gates(self) -> Mapping[str, bool]:
        rows = self._read("SELECT name, is_open FROM gates ORDER BY name")
        return {name: bool(is_open) for name, is_open in rows}

    async def save_run(self, run: Run) -> None:
        value, bulk = _divide(run)

        def save() -> None:
            self._writer.execute(_SAVE_RUN, (run.id, run.key, value, bulk))
            self._writer.execute(_FORGET, (self._history,))

        await self._write(save)

    async def run(self, run_id: str) -> Run | None:
        return _first(self._read("SELECT value, bulk FROM history WHERE id = ?", run_id))

    async def runs(self, limit: int) -> Sequence[Run]:
        rows = self._read("SELECT value FROM history ORDER BY number DESC LIMIT ?", limit)
        return [Run.from_json(json.loads(value)) for (value,) in rows]

    async def latest(self, key: str) -> Run | None:
        statement = "SELECT value, bulk FROM history WHERE key = ? ORDER BY number DESC LIMIT 1"
        return _first(self._read(statement, key))

    async def close(self) -> None:
        self._thread.shutdown()
        self._reader.close()
        self._writer.close()

    def _read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._reader.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"reading the store failed: {error}") from error

    async def _write(self, change: Callable[[], object]) -> None:
        def commit() -> None:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                change()
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise

        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, commit)
        except sqlite3.Error as error:
            raise StoreError(f"writing the store failed: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _divide(run: Run) -> tuple[str, str]:
    """What a list of runs shows, and the bulk that only a look at one run needs."""
    report = dict(run.report or {})
    bulk = {"output": run.output, "document": report.pop("document", None)}
    light = replace(run, output="", report=report if run.report is not None else None)
    return json.dumps(light.to_json()), json.dumps(bulk)


def _first(rows: list[tuple[Any, ...]]) -> Run | None:
    if not rows:
        return None
    run, bulk = Run.from_json(json.loads(rows[0][0])), json.loads(rows[0][1])
    report = run.report
    if report is not None and bulk["document"] is not None:
        report = {**report, "document": bulk["document"]}
    return replace(run, output=bulk["output"], report=report)
