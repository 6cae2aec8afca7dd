import sqlite3
from pathlib import Path

from loadtester.webhooks.stores.wal_index import WalIndex


def database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    return connection


def test_every_commit_shows_and_nothing_else_does(tmp_path: Path) -> None:
    one = database(tmp_path / "x.db")
    other = database(tmp_path / "x.db")
    index, seen = WalIndex(tmp_path / "x.db"), list[bytes | None]()
    for number in range(50):
        (one, other)[number % 2].execute("INSERT INTO t VALUES (1)")
        seen.append(index.version())
        one.execute("SELECT * FROM t").fetchall()
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO t VALUES (2)")
        other.execute("ROLLBACK")
        assert index.version() == seen[-1]
        if number % 10 == 0:
            one.execute("PRAGMA wal_checkpoint(RESTART)")
    assert len(set(seen)) == 50
    one.close()
    other.close()
    index.close()
    index.close()


def test_locks_of_other_connections_of_this_process_survive_its_end(tmp_path: Path) -> None:
    one, other = database(tmp_path / "x.db"), database(tmp_path / "x.db")
    index = WalIndex(tmp_path / "x.db")
    one.close()
    index.close()
    other.execute("INSERT INTO t VALUES (1)")
    assert other.execute("SELECT count(*) FROM t").fetchone() == (1,)
    other.close()


def test_without_a_log_there_is_no_version(tmp_path: Path) -> None:
    index = WalIndex(tmp_path / "none.db")
    assert index.version() is None
    index.close()
