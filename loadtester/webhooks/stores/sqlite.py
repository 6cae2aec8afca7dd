"""Gates and runs in one SQLite file, in WAL mode, synced before a change is acknowledged.

`synchronous=FULL` makes every commit an fsync of the log, so neither `kill -9` nor a power cut
loses an acknowledged change. A change is acknowledged only while the files at the path are still
those that were opened: what is written into a file that somebody has removed is lost with it.
Writes go through one thread; reads, which never wait for a writer in WAL mode, are answered at once
on the event loop. What a gate was is remembered for as long as no process has committed anything.
"""

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.run import Run
from loadtester.webhooks.stores.retention import (
    MOST_VERDICTS,
    forgotten_gates,
    refuse_gate,
    refuse_unreported,
)
from loadtester.webhooks.stores.wal_index import WalIndex

log = logging.getLogger("loadtester")
_VERSION = 1
_TABLES = {
    "gates": "(name TEXT PRIMARY KEY, is_open INTEGER NOT NULL) STRICT",
    "history": (
        "(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,"
        " value TEXT NOT NULL, bulk TEXT NOT NULL) STRICT"
    ),
    "verdicts": "(key TEXT PRIMARY KEY, id TEXT NOT NULL, reported INTEGER NOT NULL) STRICT",
    "beats": "(server TEXT PRIMARY KEY, at REAL NOT NULL) STRICT",
}
_SAVE_RUN = """
INSERT INTO history (id, key, value, bulk) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET value = excluded.value, bulk = excluded.bulk
"""
_SAVE_VERDICT = """
INSERT INTO verdicts (key, id, reported) VALUES (:key, :id, :reported)
ON CONFLICT (key) DO UPDATE SET id = excluded.id, reported = excluded.reported
WHERE NOT EXISTS (
    SELECT 1 FROM history AS there, history AS new
    WHERE there.id = verdicts.id AND new.id = excluded.id AND there.number > new.number
)
"""
_DROP_VERDICTS = """
DELETE FROM verdicts WHERE rowid IN (
    SELECT rowid FROM verdicts WHERE reported = 1 ORDER BY rowid
    LIMIT max(0, (SELECT count(*) FROM verdicts) - ?)
)
"""
_FORGET = """
DELETE FROM history WHERE number <= (SELECT max(number) FROM history) - ?
AND id NOT IN (SELECT id FROM verdicts)
"""
_BEAT = "INSERT OR REPLACE INTO beats (server, at) VALUES (?, ?)"
_LONGEST_SILENCE_S = 3600.0
MOST_KNOWN = 1000


class SqliteStore:
    """A Store in the file `path`. StoreError if it cannot be opened.

    A file that holds something else, or is damaged, is set aside under another name, and said.
    """

    beat_s = 1.0
    patience_s = 5.0

    def __init__(self, path: Path, history: int = 1000) -> None:
        self._path = path
        self._history = history
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _open(path)
            self._reader = _connect(path)
            self._files = _identities(path)
            self._index = WalIndex(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: {error}") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._known: dict[str, bool] = {}
        self._known_version: bytes | None = None

    async def is_open(self, gate: str) -> bool:
        version = self._index.version()
        if version is None or version != self._known_version or len(self._known) >= MOST_KNOWN:
            self._known, self._known_version = {}, version
        known = self._known.get(gate)
        if known is None:
            rows = self._read("SELECT is_open FROM gates WHERE name = ?", gate)
            known = self._known[gate] = bool(rows and rows[0][0])
        return known

    async def set_gate(self, gate: str, is_open: bool) -> None:
        def change() -> None:
            rows = self._writer.execute("SELECT name, is_open FROM gates ORDER BY rowid").fetchall()
            gates = {name: bool(state) for name, state in rows}
            refuse_gate(gates, gate, is_open)
            gates.pop(gate, None)
            gates[gate] = is_open
            statement = "INSERT OR REPLACE INTO gates (name, is_open) VALUES (?, ?)"
            self._writer.execute(statement, (gate, int(is_open)))
            for name in forgotten_gates(gates):
                self._writer.execute("DELETE FROM gates WHERE name = ?", (name,))

        await self._write(change)

    async def gates(self) -> Mapping[str, bool]:
        rows = self._read("SELECT name, is_open FROM gates ORDER BY name")
        return {name: bool(is_open) for name, is_open in rows}

    async def save_run(self, run: Run) -> None:
        value, bulk = _divide(run)

        def save() -> None:
            if run.is_running:
                if not run.reported:
                    self._refuse_unreported()
                self._writer.execute(_BEAT, (run.server, run.started_at))
            self._writer.execute(_SAVE_RUN, (run.id, run.key, value, bulk))
            if run.verdict_later:
                verdict = {"key": run.key, "id": run.id, "reported": int(run.reported)}
                self._writer.execute(_SAVE_VERDICT, verdict)
                self._writer.execute(_DROP_VERDICTS, (MOST_VERDICTS,))
            self._writer.execute(_FORGET, (self._history,))

        await self._write(save)

    def _refuse_unreported(self) -> None:
        statement = "SELECT count(*) FROM verdicts WHERE reported = 0"
        refuse_unreported(self._writer.execute(statement).fetchone()[0], MOST_VERDICTS)

    async def run(self, run_id: str) -> Run | None:
        return _first(self._read("SELECT value, bulk FROM history WHERE id = ?", run_id))

    async def runs(self, limit: int) -> Sequence[Run]:
        rows = self._read("SELECT value FROM history ORDER BY number DESC LIMIT ?", limit)
        return [run for (value,) in rows if (run := _run(value)) is not None]

    async def latest(self, key: str) -> Run | None:
        statement = (
            "SELECT value, bulk FROM history JOIN verdicts ON history.id = verdicts.id"
            " WHERE verdicts.key = ?"
        )
        return _first(self._read(statement, key))

    async def beat(self, server: str, now: float) -> None:
        def change() -> None:
            self._writer.execute(_BEAT, (server, now))
            self._writer.execute("DELETE FROM beats WHERE at < ?", (now - _LONGEST_SILENCE_S,))

        await self._write(change)

    async def beats(self) -> Mapping[str, float]:
        return dict(self._read("SELECT server, at FROM beats"))

    async def check(self) -> None:
        self._check_files()

    async def close(self) -> None:
        self._thread.shutdown()
        self._reader.close()
        self._writer.close()
        self._index.close()

    def _read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._reader.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise StoreError(f"reading the store failed: {error}") from error

    async def _write(self, change: Callable[[], object]) -> None:
        def commit() -> None:
            self._check_files()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                change()
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # SQLite may have done so itself
                    self._writer.execute("ROLLBACK")
                raise
            self._check_files()

        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, commit)
        except (sqlite3.Error, UnicodeError) as error:
            raise StoreError(f"writing the store failed: {error}") from error

    def _check_files(self) -> None:
        if _identities(self._path) != self._files:
            raise StoreError(
                f"{self._path} was removed or replaced under the running server: restart it"
            )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open(path: Path) -> sqlite3.Connection:
    """The database, with its tables; a file that is none is set aside first."""
    try:
        return _opened(path)
    except sqlite3.OperationalError:
        raise  # locked, read-only, not a file: nothing wrong with what it holds
    except sqlite3.DatabaseError as error:
        log.error("%s: %s; it is set aside as %s", path, error, _set_aside(path).name)
    return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        _check_contents(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_contents(connection: sqlite3.Connection) -> None:
    """Make the tables. DatabaseError if the file is damaged, or has other tables of these names."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"damaged: {found}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise sqlite3.DatabaseError(f"of a later release (version {version})")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone():
        raise sqlite3.DatabaseError("has triggers")
    for name, columns in _TABLES.items():
        wanted = f"CREATE TABLE {name} {columns}"
        rows = connection.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (name,))
        there = rows.fetchone()
        if there is None:
            connection.execute(wanted)
        elif there[0] != "table" or _words(there[1]) != _words(wanted):
            raise sqlite3.DatabaseError(f"has another {name}")
    connection.execute("CREATE INDEX IF NOT EXISTS history_by_key ON history (key, number)")
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _words(statement: str) -> str:
    return "".join(statement.split()).lower()


def _set_aside(path: Path) -> Path:
    """Rename the file and what belongs to it; where to."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _identities(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Which files are at the path and beside it; the log exists as long as the database is open."""
    found: list[tuple[int, int] | None] = []
    for suffix in ("", "-wal"):
        try:
            status = path.with_name(path.name + suffix).stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino))
    return tuple(found)


def _divide(run: Run) -> tuple[str, str]:
    """What a list of runs shows, and the bulk that only a look at one run needs."""
    report = dict(run.report or {})
    bulk = {"output": run.output, "document": report.pop("document", None)}
    light = replace(run, output="", report=report if run.report is not None else None)
    return json.dumps(light.to_json()), json.dumps(bulk)


def _run(value: str) -> Run | None:
    """None, and a word in the log, for what is no run."""
    try:
        return Run.from_json(json.loads(value))
    except (ValueError, RecursionError) as error:
        log.warning("the store holds a run that cannot be read: %s", str(error).splitlines()[0])
        return None


def _first(rows: list[tuple[Any, ...]]) -> Run | None:
    if not rows or (run := _run(rows[0][0])) is None:
        return None
    try:
        bulk = json.loads(rows[0][1])
        output, document = str(bulk["output"]), bulk["document"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return run
    report = run.report
    if report is not None and isinstance(document, dict):
        report = {**report, "document": document}
    return replace(run, output=output, report=report)
