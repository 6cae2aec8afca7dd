"""The recording: records in the order in which they came, kept and passed on."""

import threading
from collections.abc import Callable
from typing import TypeVar

from rehearsal.recording.records import Record

Subscriber = Callable[[Record], None]
R = TypeVar("R", bound=Record)

MOST_RECORDS = 500_000


class Recording:
    """Append from any thread; subscribers are called one at a time, in order.

    The oldest records are dropped beyond `most` (`dropped` counts them); positions stay valid.
    """

    def __init__(self, most: int = MOST_RECORDS) -> None:
        self._lock = threading.RLock()
        self._records: list[Record] = []
        self._subscribers: list[Subscriber] = []
        self._most = most
        self.dropped = 0

    def subscribe(self, subscriber: Subscriber, *, replay: bool = False) -> Callable[[], None]:
        """Pass every record from now on to `subscriber`; call the result to stop that.

        With `replay` it gets those that there are first.
        """
        with self._lock:
            for record in self._records if replay else ():
                subscriber(record)
            self._subscribers.append(subscriber)
        return lambda: self._unsubscribe(subscriber)

    def append(self, record: Record) -> None:
        """Keep a record and pass it on."""
        with self._lock:
            self._records.append(record)
            if len(self._records) > self._most:
                surplus = self._most // 10 or 1
                del self._records[:surplus]
                self.dropped += surplus
            for subscriber in tuple(self._subscribers):
                subscriber(record)

    @property
    def position(self) -> int:
        """How many records there have been: where the next one will stand."""
        with self._lock:
            return self.dropped + len(self._records)

    def since(self, position: int = 0) -> list[Record]:
        """The records from a position on."""
        with self._lock:
            return self._records[max(0, position - self.dropped) :]

    def of_type(self, record_type: type[R], since: int = 0) -> list[R]:
        """The records of one type from a position on."""
        return [r for r in self.since(since) if isinstance(r, record_type)]

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers.remove(subscriber)
