"""Raw records of single requests: the newest N, in flat arrays (72 bytes per request)."""

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple, Self


class Record(NamedTuple):
    """One request that got a response. Times in nanoseconds."""

    offset_ns: int
    """Send, after the start of the run."""
    response_ns: int
    """End minus planned time."""
    service_ns: int
    """End minus send: hey's `response-time`."""
    connect_ns: int
    """DNS and connect and TLS, when this request opened the connection; else 0."""
    dns_ns: int
    write_ns: int
    wait_ns: int
    read_ns: int
    status: int


class RawRecords:
    """A ring of records: full, it forgets the oldest. Iterates oldest first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.forgotten = 0
        self._columns = [array("q") for _ in Record._fields]
        self._next = 0

    def append(self, record: Record) -> None:
        """Keep one more record."""
        if len(self) < self.capacity:
            for column, value in zip(self._columns, record, strict=True):
                column.append(value)
        elif self.capacity:
            for column, value in zip(self._columns, record, strict=True):
                column[self._next] = value
            self._next = (self._next + 1) % self.capacity
            self.forgotten += 1

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Record]:
        for k in range(len(self)):
            at = (self._next + k) % len(self)
            yield Record(*(column[at] for column in self._columns))

    def merge(self, other: "RawRecords") -> None:
        """Add another ring's records, both sorted by the time they were sent."""
        everything = sorted([*self, *other], key=lambda record: record.offset_ns)
        merged = RawRecords(self.capacity + other.capacity)
        for record in everything:
            merged.append(record)
        self.capacity, self._columns, self._next = merged.capacity, merged._columns, 0
        self.forgotten += other.forgotten

    def to_json(self) -> dict[str, Any]:
        """Plain values, a list per column."""
        rows = list(self)
        columns = {name: [row[k] for row in rows] for k, name in enumerate(Record._fields)}
        return {"capacity": self.capacity, "forgotten": self.forgotten, "columns": columns}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        records = cls(value["capacity"])
        for row in zip(*(value["columns"][name] for name in Record._fields), strict=True):
            records.append(Record(*row))
        records.forgotten = value["forgotten"]
        return records
