import asyncio
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs import Run, State
from loadtester.webhooks.stores.sqlite import SqliteStore
from tests.loadtester.webhooks.running import loadtester

pytestmark = pytest.mark.anyio

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
    run = Run("a1", "k", "a.b", "cmd", "t", "p", "c", State.PASSED, 1.0, 9.0, output="much")
    run = replace(run, report=report)
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


async def test_it_is_wal_and_full(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    await store.set_gate("a.b", True)
    assert (tmp_path / "x.db-wal").stat().st_size > 0
    assert store._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    await store.close()


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        SqliteStore(tmp_path / "x.db")


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
