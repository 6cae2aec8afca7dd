import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores.sqlite import MOST_KNOWN, SqliteStore
from loadtester.webhooks.stores.wal_index import WalIndex
from tests.loadtester.webhooks.running import loadtester

pytestmark = pytest.mark.anyio
RUN = Run("a1", "k", "a.b", "cmd", "t", "p", "c", RunState.PASSED, 1.0)

CHANGES = """
import asyncio, sys
from pathlib import Path
from loadtester.webhooks.stores.sqlite import SqliteStore

async def main() -> None:
    store = SqliteStore(Path(sys.argv[1]))
    for number in range(int(sys.argv[2]), 10**9):
        await store.set_gate("gate", number % 2 == 0)
        await store.set_gate(f"n{number}", True)
        print(number, flush=True)

asyncio.run(main())
"""


async def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "x.db")
    await first.set_gate("a.b", True)
    await first.close()
    second = SqliteStore(tmp_path / "x.db")
    assert await second.is_open("a.b")
    await second.close()


async def test_a_list_of_runs_is_light_and_one_run_is_whole(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    report = {"kind": "hey", "summary": {"requests": 1}, "document": {"raw": "x" * 100_000}}
    run = Run("a1", "k", "a.b", "cmd", "t", "p", "c", RunState.PASSED, 1.0, output="much")
    run = replace(run, report=report, verdict_later=True)
    await store.save_run(run)
    (listed,) = await store.runs(9)
    assert (listed.output, listed.report) == ("", {"kind": "hey", "summary": {"requests": 1}})
    assert await store.run("a1") == run
    assert await store.latest("k") == run
    await store.close()


async def test_two_processes_see_each_others_changes(tmp_path: Path) -> None:
    one, two = SqliteStore(tmp_path / "x.db"), SqliteStore(tmp_path / "x.db")
    await one.set_gate("a.b", True)
    assert await two.is_open("a.b")
    await two.set_gate("a.b", False)
    assert not await one.is_open("a.b")
    await one.close()
    await two.close()


FOLLOWS = """
import asyncio, sys
from pathlib import Path
from loadtester.webhooks.stores.sqlite import SqliteStore

async def main() -> None:
    store = SqliteStore(Path(sys.argv[1]))
    for line in sys.stdin:
        await store.set_gate("gate", line == "open\\n")
        print("done", flush=True)
    await store.close()

asyncio.run(main())
"""


async def test_a_gate_is_read_again_only_after_somebody_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, reads = SqliteStore(tmp_path / "x.db"), list[str]()
    read = SqliteStore._read

    def counted(self: SqliteStore, statement: str, *values: object) -> list[tuple[Any, ...]]:
        reads.append(statement)
        return read(self, statement, *values)

    monkeypatch.setattr(SqliteStore, "_read", counted)
    command = [sys.executable, "-c", FOLLOWS, str(tmp_path / "x.db")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for number in range(30):
            is_open = number % 3 != 0
            if number % 2:
                await store.set_gate("gate", is_open)
            else:
                other.stdin.write("open\n" if is_open else "closed\n")
                other.stdin.flush()
                assert other.stdout.readline() == "done\n"
            assert [await store.is_open("gate") for _ in range(5)] == [is_open] * 5
        assert len(reads) == 30
        other.stdin.close()
    await store.close()


async def test_without_the_index_of_the_log_every_look_is_a_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WalIndex, "version", lambda self: None)
    one, two = SqliteStore(tmp_path / "x.db"), SqliteStore(tmp_path / "x.db")
    for is_open in (True, False, True):
        await two.set_gate("gate", is_open)
        assert await one.is_open("gate") is is_open
    await one.close()
    await two.close()


async def test_names_that_are_asked_for_do_not_pile_up(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    for number in range(2 * MOST_KNOWN):
        assert not await store.is_open(f"gate{number}")
    assert len(store._known) <= MOST_KNOWN
    await store.close()


async def test_it_is_wal_and_full(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    await store.set_gate("a.b", True)
    assert (tmp_path / "x.db-wal").stat().st_size > 0
    assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    await store.close()


Spoil = Callable[[Path], object]


def execute(*statements: str) -> Spoil:
    def spoil(path: Path) -> None:
        with sqlite3.connect(path) as database:
            for statement in statements:
                database.execute(statement)
        database.close()

    return spoil


def overwrite(start: int, length: int) -> Spoil:
    def spoil(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[start : start + length] = b"\xa5" * len(data[start : start + length])
        path.write_bytes(data)

    return spoil


DAMAGED: dict[str, Spoil] = {
    "no database": lambda path: path.write_bytes(b"not a database at all" * 500),
    "short": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "cut in a page": lambda path: path.write_bytes(path.read_bytes()[:-5000]),
    "header": overwrite(0, 60),
    "first page": overwrite(100, 900),
    "later pages": overwrite(4096, 1 << 20),
    "a page size of nonsense": overwrite(16, 2),
    "gates with other columns": execute("DROP TABLE gates", "CREATE TABLE gates (a)"),
    "gates not strict": execute("DROP TABLE gates", "CREATE TABLE gates (name, is_open)"),
    "gates a view": execute("DROP TABLE gates", "CREATE VIEW gates AS SELECT 1 AS name"),
    "history with other columns": execute("DROP TABLE history", "CREATE TABLE history (id)"),
    "verdicts an index": execute("DROP TABLE verdicts", "CREATE INDEX verdicts ON gates (name)"),
    "a trigger": execute(
        "CREATE TRIGGER no BEFORE INSERT ON gates BEGIN SELECT RAISE(ABORT, 'no'); END"
    ),
    "a later release": execute("PRAGMA user_version = 99"),
}


@pytest.mark.parametrize("spoil", DAMAGED.values(), ids=DAMAGED)
async def test_a_damaged_file_is_set_aside_and_said(
    tmp_path: Path, spoil: Spoil, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.db"
    first = SqliteStore(path)
    for number in range(200):
        await first.set_gate(f"{number}.{'b' * 200}", True)
    await first.close()
    spoil(path)
    before = path.read_bytes()
    store = SqliteStore(path)
    assert "is set aside as x.db.damaged-" in caplog.text
    (aside,) = [one for one in tmp_path.glob("x.db.damaged-*") if one.suffix.startswith(".dam")]
    assert aside.read_bytes()[:100] == before[:100]
    assert await store.gates() == {}
    await store.set_gate("a.b", True)
    assert await store.is_open("a.b")
    await store.save_run(RUN)
    assert await store.runs(9) == [RUN]
    await store.close()


ROWS = {
    "no JSON": "'nonsense'",
    "another JSON": "'[1, 2]'",
    "without a state": "'{}'",
    "nested": "'" + "[" * 5000 + "'",
    "empty": "''",
    "not UTF-8": "CAST(x'ff00fe' AS TEXT)",
}


@pytest.mark.parametrize("column", ["value", "bulk"])
@pytest.mark.parametrize("value", ROWS.values(), ids=ROWS)
async def test_a_row_that_cannot_be_read_harms_no_other(
    tmp_path: Path, column: str, value: str
) -> None:
    store = SqliteStore(tmp_path / "x.db")
    spoilt = replace(RUN, id="bad", key="bad", verdict_later=True, output="much")
    await store.save_run(spoilt)
    await store.save_run(RUN)
    store._writer.execute(f"UPDATE history SET {column} = {value} WHERE id = 'bad'")
    assert RUN in await store.runs(9)
    for found in (await store.run("bad"), await store.latest("bad")):
        assert found is None or (column == "bulk" and found.output == "")
    await store.save_run(spoilt)
    assert await store.run("bad") == spoilt
    await store.close()


def remove(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace_file(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").rename(path)


def rename_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def make_anew(path: Path) -> None:
    remove(path)
    path.parent.mkdir()
    path.touch()


@pytest.mark.parametrize(
    "lose",
    [
        remove,
        make_anew,
        replace_file,
        rename_folder,
        Path.unlink,
        lambda path: path.with_name("x.db-wal").unlink(),
    ],
)
async def test_what_would_be_lost_with_its_file_is_not_acknowledged(
    tmp_path: Path, lose: Spoil
) -> None:
    path = tmp_path / "data" / "x.db"
    store = SqliteStore(path)
    await store.set_gate("a.b", True)
    await store.check()
    lose(path)
    with pytest.raises(StoreError, match="was removed or replaced under the running server"):
        await store.set_gate("c.d", True)
    with pytest.raises(StoreError):
        await store.save_run(RUN)
    with pytest.raises(StoreError):
        await store.check()
    await store.close()


async def test_a_folder_that_comes_back_is_as_before(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data" / "x.db")
    rename_folder(tmp_path / "data" / "x.db")
    with pytest.raises(StoreError):
        await store.check()
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    await store.set_gate("a.b", True)
    await store.close()


async def test_a_write_that_fails_is_a_store_error_and_changes_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    store._writer.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreError, match="writing the store failed"):
        await store.set_gate("a.b", True)
    assert not await store.is_open("a.b")
    await store.close()


async def test_many_changes_at_once_are_all_made(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    await asyncio.gather(*(store.set_gate(str(number), True) for number in range(200)))
    assert len(await store.gates()) == 200
    await store.close()


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Thirty writers killed while they write; what each had acknowledged must be there."""
    path, acknowledged = tmp_path / "x.db", 0
    chance = random.Random(7)
    for _ in range(30):
        argv = [sys.executable, "-c", CHANGES, str(path), str(acknowledged + 1)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 12)):
                acknowledged = int(process.stdout.readline())
            process.kill()
            rest = process.stdout.read().split()
            acknowledged = max([acknowledged, *map(int, rest)])
        with sqlite3.connect(path) as database:
            names = {name for (name,) in database.execute("SELECT name FROM gates WHERE is_open")}
        database.close()
        missing = [n for n in range(1, acknowledged + 1) if f"n{n}" not in names]
        assert missing == []
    assert acknowledged >= 30


@pytest.mark.slow
def test_kill_9_of_the_server_loses_no_acknowledged_gate(tmp_path: Path) -> None:
    """Several changes over HTTP in each life of a real server; see also benchmarks."""
    chance, states = random.Random(5), dict[str, bool]()
    for _ in range(5):
        with loadtester(tmp_path) as running:
            for name, is_open in states.items():
                answer = running.post("/gate/check", {"name": name, "namespace": "n"})
                assert answer.status_code == (200 if is_open else 403), name
            for _ in range(8):
                name, is_open = f"c{chance.randint(0, 9)}", chance.random() < 0.5
                path = "/gate/open" if is_open else "/gate/close"
                assert running.post(path, {"name": name, "namespace": "n"}).status_code == 202
                states[name] = is_open
            running.process.kill()
            running.process.wait()
