"""Traces that outlive the program."""

import logging
import sqlite3
from pathlib import Path

import pytest

from commons.errors import UserError
from tests.xray_local.documents import document, spans_of, trace_id
from xray_local.api.state import State
from xray_local.database import SCHEMA_VERSION, TraceDatabase
from xray_local.sampling.rules import read_rule
from xray_local.store import Limits, TraceStore


def segment(number: int, span: int = 1) -> dict[str, object]:
    return document("a", f"{span:016x}", trace_id=trace_id(number), start_time=number, end_time=99)


def opened(path: Path, limits: Limits | None = None) -> tuple[TraceDatabase, TraceStore]:
    store = TraceStore(limits, clock=lambda: 1_000.0)
    database = TraceDatabase(path)
    database.restore(store)
    return database, store


def test_traces_are_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, store = opened(path)
    for number in range(5):
        store.add(spans_of(segment(number)))
    store.add(spans_of(segment(3, span=2)))
    database.close()
    again, found = opened(path)
    assert [trace.id for trace in found.traces()] == [trace.id for trace in store.traces()]
    assert [trace.spans for trace in found.traces()] == [trace.spans for trace in store.traces()]
    again.close()


def test_what_the_store_lets_go_of_goes_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, store = opened(path, Limits(traces=2))
    for number in range(5):
        store.add(spans_of(segment(number)))
        database.save()
    database.close()
    again, found = opened(path)
    assert [trace.start_s for trace in found.traces()] == [4, 3]
    again.close()


def test_smaller_limits_hold_for_what_was_kept_before(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, store = opened(path)
    for number in range(5):
        store.add(spans_of(segment(number)))
    database.close()
    database, store = opened(path, Limits(traces=2))
    assert len(store) == 2
    database.close()
    again, found = opened(path)
    assert len(found) == 2
    again.close()


def test_a_later_document_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, store = opened(path)
    store.add(spans_of({**segment(1), "in_progress": True}))
    database.save()
    store.add(spans_of(segment(1)))
    database.close()
    again, found = opened(path)
    assert [span.is_complete for trace in found.traces() for span in trace.spans] == [True]
    again.close()


def test_one_file_is_one_program_s_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, _ = opened(path)
    with pytest.raises(UserError, match=r"traces.db: is in use by another process"):
        TraceDatabase(path)
    database.close()
    opened(path)[0].close()


def test_files_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("this is no database, but a text of some length\n" * 100)
    other = tmp_path / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    newer = tmp_path / "newer"
    opened(newer)[0].close()
    with sqlite3.connect(newer) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    for path, words in (
        (text, "is not a SQLite database"),
        (other, "is a database of another program"),
        (newer, "was written by a newer version of xray"),
        (tmp_path, "cannot be opened"),
        (tmp_path / "no" / "folder", "cannot be opened"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(UserError, match=words) as caught:
            TraceDatabase(path)
        assert "\n" not in str(caught.value)
        assert not path.is_file() or path.read_bytes() == before


def test_a_damaged_file_is_said_and_not_used(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, store = opened(path)
    for number in range(500):
        store.add(spans_of(segment(number)))
    database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))
    with pytest.raises(UserError, match="damaged"):
        opened(path)


def test_a_row_that_is_no_span_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    opened(path)[0].close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO spans VALUES ('a', 'b', 1.0, '[1, 2]')")
    connection.close()
    database = TraceDatabase(path)
    with pytest.raises(UserError, match="damaged"):
        database.restore(TraceStore())
    database.close()


def test_a_disk_that_cannot_be_written_costs_changes_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database, store = opened(tmp_path / "traces.db")
    database._connection.execute("PRAGMA query_only = 1")
    with caplog.at_level(logging.ERROR, "xray"):
        for number in range(3):
            store.add(spans_of(segment(number)))
            database.save()
    assert database.unsaved == 3
    assert len(caplog.records) == 1
    assert len(store) == 3
    database.close()


def restored(path: Path, *, rules: bool = True) -> tuple[TraceDatabase, State]:
    database, store = opened(path)
    state = State.over(store)
    database.restore_state(state, rules=rules)
    return database, state


PING = {"RuleName": "ping", "Priority": 7, "FixedRate": 0.0, "ReservoirSize": 0, "URLPath": "/ping"}


def test_rules_and_groups_are_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, state = restored(path)
    state.rules.create(read_rule(PING))
    state.rules.update({"RuleName": "Default", "FixedRate": 0.5})
    state.groups.create("slow", "responsetime > 1")
    state.groups.create("gone", "fault")
    database.save()
    state.groups.delete(state.groups.named("gone", ""))
    database.close()
    again, found = restored(path)
    kept = [record["SamplingRule"] for record in found.rules.records()]
    assert kept == [record["SamplingRule"] for record in state.rules.records()]
    assert [rule["FixedRate"] for rule in kept] == [0.0, 0.5]
    assert [(one.name, one.expression) for one in found.groups] == [
        ("Default", ""),
        ("slow", "responsetime > 1"),
    ]
    again.close()


def test_rules_given_go_before_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    database, state = restored(path)
    state.rules.create(read_rule(PING))
    database.close()
    again, found = restored(path, rules=False)
    assert "ping" not in found.rules
    again.close()


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("sampling rule", '{"RuleName": "a"}'),
        ("sampling rule", "[" * 100_000),
        ("group", "7"),
        ("group", '"responsetime >"'),
        ("group", "no JSON"),
    ],
)
def test_a_damaged_setting_is_one_line(tmp_path: Path, kind: str, line: str) -> None:
    path = tmp_path / "traces.db"
    restored(path)[0].close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO settings VALUES (?, 'a', ?)", (kind, line))
    connection.close()
    with pytest.raises(UserError, match=f"{kind} a: .*move it away"):
        restored(path)


def test_a_file_from_before_settings_were_kept_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    restored(path)[0].close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE settings")
    connection.close()
    database, state = restored(path)
    state.groups.create("slow", "responsetime > 1")
    database.close()
    again, found = restored(path)
    assert [one.name for one in found.groups] == ["Default", "slow"]
    again.close()
