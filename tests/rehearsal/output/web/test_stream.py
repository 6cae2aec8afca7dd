import asyncio
import json
import threading
from typing import Any

import pytest

from rehearsal.output.reports.facts import RecordFacts
from rehearsal.output.web.stream import RecordStream
from rehearsal.recording.records import GaugeRecord, NoteRecord

pytestmark = pytest.mark.anyio


def _stream(most: int = 1000) -> RecordStream:
    return RecordStream(RecordFacts({}), most)


def _parse(data: bytes) -> list[dict[str, Any]]:
    """Events, each with its fields; data is read as JSON."""
    found = []
    for block in data.decode().split("\n\n"):
        fields: dict[str, Any] = {}
        for line in filter(None, block.split("\n")):
            name, _, value = line.partition(": ")
            fields[name] = json.loads(value) if name == "data" else value
        if fields:
            found.append(fields)
    return found


async def _read(stream: RecordStream, last_id: int = 0) -> list[dict[str, Any]]:
    """All events up to the end."""
    parts = [part async for part in stream.read(last_id)]
    return [event for event in _parse(b"".join(parts)) if "data" in event]


async def test_records_come_in_order_with_ids_and_an_end() -> None:
    stream = _stream()
    stream.show(NoteRecord(1, "a\nb"))
    stream.show(GaugeRecord(1, "left out", 1))
    reading = asyncio.create_task(_read(stream))
    await asyncio.sleep(0.01)
    stream.show(NoteRecord(2, "\u2028 ünïcode \ud800"))
    stream.end({"state": "passed"})
    first, second, end = await reading
    assert (first["id"], first["data"]["text"]) == ("1", "a\nb")
    assert (second["id"], second["data"]["time_s"]) == ("2", 2)
    assert (end["event"], end["data"]) == ("end", {"state": "passed"})


@pytest.mark.parametrize(("last_id", "seen"), [(0, 5), (3, 2), (5, 0), (99, 5), (-1, 5)])
async def test_a_reader_goes_on_where_it_was(last_id: int, seen: int) -> None:
    stream = _stream()
    for number in range(5):
        stream.show(NoteRecord(number, str(number)))
    stream.end({})
    events = await _read(stream, last_id)
    assert [e["data"]["text"] for e in events[:-1]] == [str(n) for n in range(5 - seen, 5)]


async def test_who_falls_behind_is_told_how_far() -> None:
    stream = _stream(most=10)
    reader = stream.read()
    assert (await anext(reader)).startswith(b"retry:")
    for number in range(25):
        stream.show(NoteRecord(number, str(number)))
    (dropped,) = _parse(await anext(reader))
    assert dropped["event"] == "dropped"
    rest = _parse(await anext(reader))
    assert dropped["data"]["missed"] + len(rest) == 25
    assert rest[-1]["id"] == "25"
    assert len(rest) <= 10
    await reader.aclose()


async def test_a_reader_that_does_not_read_holds_nobody_up() -> None:
    stream = _stream(most=100)
    idle = [stream.read() for _ in range(50)]
    for reader in idle:
        await anext(reader)
    quick = asyncio.create_task(_read(stream))
    await asyncio.sleep(0)
    for number in range(100):
        stream.show(NoteRecord(number, "x"))
    stream.end({})
    assert len(await asyncio.wait_for(quick, 5)) == 101
    for reader in idle:
        await reader.aclose()


async def test_records_come_from_any_thread() -> None:
    stream = _stream()
    reading = asyncio.create_task(_read(stream))

    def append() -> None:
        for number in range(50):
            stream.show(NoteRecord(number, "x"))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    stream.end({})
    ids = [int(event["id"]) for event in (await reading)[:-1]]
    assert ids == list(range(1, 201))


async def test_silence_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.output.web.stream._KEEP_ALIVE_S", 0.01)
    reader = _stream().read()
    await anext(reader)
    assert await anext(reader) == b": nothing new\n\n"
    await reader.aclose()
