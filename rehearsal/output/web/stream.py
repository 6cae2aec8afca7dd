"""The recording as a stream of server-sent events for any number of readers.

Every record is written as JSON once, whoever reads it. A reader has a place in the stream and no
queue of its own: one that is slow falls behind, and one that falls behind what is kept is told how
much it has missed. Events have increasing ids, so that `Last-Event-ID` says where to go on.
(Source: HTML Living Standard, section "Server-sent events".)
"""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from rehearsal.output.reports.facts import RecordFacts
from rehearsal.output.web.selection import Selection
from rehearsal.recording.records import Record

MOST_EVENTS = 200_000
_BATCH = 200
_GATHER_S = 0.05
_KEEP_ALIVE_S = 15.0


class RecordStream:
    """`show` is a subscriber of a recording and may be called from any thread.

    All else belongs to the event loop that the stream was made on.
    """

    def __init__(self, facts: RecordFacts, most: int = MOST_EVENTS) -> None:
        self._facts = facts
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._selection = Selection()
        self._events: list[bytes] = []
        self._dropped = 0
        self._changed = asyncio.Event()
        self._end: bytes | None = None

    def show(self, record: Record) -> None:
        """Take a record into the stream."""
        with self._lock:
            kept = self._selection.pick(record)
            if kept is None:
                return
            number = self._dropped + len(self._events) + 1
            value = self._facts.to_json(kept)
            self._events.append(_event(value, number))
            if len(self._events) > self._most:
                surplus = self._most // 10 or 1
                del self._events[:surplus]
                self._dropped += surplus
        self._loop.call_soon_threadsafe(self._wake)

    def end(self, value: Mapping[str, Any]) -> None:
        """Say how it ended; readers get it after all records, and are let go."""
        self._end = _event(value, name="end")
        self._wake()

    async def read(self, last_id: int = 0) -> AsyncGenerator[bytes, None]:
        """What comes after the event of that id, until the end."""
        yield b"retry: 1000\n\n"
        place = last_id
        while True:
            changed = self._changed
            events, place, missed = self._take(place)
            if missed:
                yield _event({"missed": missed}, name="dropped")
            if events:
                yield b"".join(events)
                await asyncio.sleep(_GATHER_S)
                continue
            if self._end is not None:
                yield self._end
                return
            try:
                await asyncio.wait_for(changed.wait(), _KEEP_ALIVE_S)
            except TimeoutError:
                yield b": nothing new\n\n"

    def _take(self, place: int) -> tuple[list[bytes], int, int]:
        """Events after a place, where they end, and how many there were of them once."""
        with self._lock:
            latest = self._dropped + len(self._events)
            if not 0 <= place <= latest:
                place = 0  # an id of another rehearsal: everything is new
            missed = max(0, self._dropped - place)
            start = place + missed - self._dropped
            events = self._events[start : start + _BATCH]
            return events, place + missed + len(events), missed

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _event(value: Mapping[str, Any], number: int = 0, name: str = "") -> bytes:
    """One event. JSON has no line breaks, so it is one line of data."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {number}\n" if number else f"event: {name}\n"
    return f"{head}data: {data}\n\n".encode("utf-8", "replace")
