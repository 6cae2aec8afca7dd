"""A run second by second, in constant memory: when there are too many slots, pairs are merged."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from commons.units import NS_PER_S
from loadtester.load.measuring.histogram import Histogram

MAX_SLOTS = 600
"""Above this many slots, neighbours are merged and every slot covers twice the time."""


@dataclass(slots=True)
class Slot:
    """What ended within one slot of time, answered or failed."""

    offset_s: float = 0.0
    """Start of the slot, in seconds after the start of the run."""
    width_s: float = 1.0
    completed: int = 0
    """Responses, of any status."""
    errors: int = 0
    """Requests that ended without a response."""
    server_errors: int = 0
    """Responses whose status was 5xx; they are among the completed."""
    bytes: int = 0
    response_time: Histogram = field(default_factory=Histogram)
    """Of responses and errors alike."""

    @property
    def rate_rps(self) -> float:
        """Responses per second within the slot."""
        return self.completed / self.width_s

    def add(self, other: "Slot") -> None:
        """Take in what another slot counted."""
        self.completed += other.completed
        self.errors += other.errors
        self.server_errors += other.server_errors
        self.bytes += other.bytes
        self.response_time.merge(other.response_time)


class Timeline:
    """Slots of one second each, or of 2, 4, 8... seconds when the run is long."""

    def __init__(self, width_s: int = 1) -> None:
        self.width_s = width_s
        self._slots: dict[int, Slot] = {}

    def slot(self, offset_ns: int) -> Slot:
        """The slot that an instant after the start falls into, made if new."""
        offset_ns = max(0, offset_ns)
        while offset_ns // (self.width_s * NS_PER_S) >= MAX_SLOTS:
            self._widen()
        number = offset_ns // (self.width_s * NS_PER_S)
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = Slot(number * self.width_s, self.width_s)
        return slot

    def _widen(self) -> None:
        old, self.width_s, self._slots = self._slots, self.width_s * 2, {}
        for number, slot in old.items():
            self.slot(number // 2 * self.width_s * NS_PER_S).add(slot)

    def merge(self, other: "Timeline") -> None:
        """Add another timeline of the same start, slot by slot."""
        while self.width_s < other.width_s:
            self._widen()
        for slot in other:
            self.slot(int(slot.offset_s * NS_PER_S)).add(slot)

    def __iter__(self) -> Iterator[Slot]:
        """In order of time; slots in which nothing ended are there, empty."""
        last = max(self._slots, default=-1)
        for number in range(last + 1):
            yield self._slots.get(number) or Slot(number * self.width_s, self.width_s)

    def __len__(self) -> int:
        return max(self._slots, default=-1) + 1

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the empty slots."""
        return {
            "width_s": self.width_s,
            "slots": [
                {
                    "number": number,
                    "completed": slot.completed,
                    "errors": slot.errors,
                    "server_errors": slot.server_errors,
                    "bytes": slot.bytes,
                    "response_time": slot.response_time.to_json(),
                }
                for number, slot in sorted(self._slots.items())
            ],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        timeline = cls(value["width_s"])
        if timeline.width_s < 1 or any(e["number"] >= MAX_SLOTS for e in value["slots"]):
            raise ValueError("a timeline of impossible slots")
        for entry in value["slots"]:
            slot = timeline.slot(entry["number"] * timeline.width_s * NS_PER_S)
            slot.completed, slot.errors = entry["completed"], entry["errors"]
            slot.server_errors = entry["server_errors"]
            slot.bytes = entry["bytes"]
            slot.response_time = Histogram.from_json(entry["response_time"])
        return timeline
