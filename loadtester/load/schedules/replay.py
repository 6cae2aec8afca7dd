"""Arrivals as they once were: the timestamps of a file."""

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import ClassVar, Self

from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Replay(Schedule):
    """One arrival per timestamp, the earliest at 0; `times_ns` ascend."""

    kind: ClassVar[str] = "replay"
    syntax: ClassVar[str] = "FILE"

    times_ns: "array[int]"
    source: str = ""

    def __post_init__(self) -> None:
        if not self.times_ns:
            raise PlanError(f"replay {self.source}: there are no timestamps")

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> Self:
        """Read a file with one timestamp per line; see `read`."""
        try:
            lines = Path(text).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(f"replay: cannot read {text}: {error}") from error
        return cls.read(lines, text)

    @classmethod
    def read(cls, lines: list[str], source: str) -> Self:
        """Seconds (of any epoch) or RFC 3339 instants, one per line, in any order.

        Empty lines and lines that start with # are skipped. PlanError names the line.
        """
        times = sorted(
            _timestamp_ns(line.strip(), f"replay {source}, line {number}")
            for number, line in enumerate(lines, 1)
            if line.strip() and not line.lstrip().startswith("#")
        )
        return cls(array("q", (time - times[0] for time in times)), source)

    def planned_ns(self, i: int) -> int | None:
        """The i-th earliest."""
        return self.times_ns[i] if i < len(self.times_ns) else None

    @property
    def duration_ns(self) -> int:
        """Until just after the last arrival."""
        return self.times_ns[-1] + 1

    def describe(self) -> str:
        """`replay:FILE`."""
        return f"replay:{self.source}"


def _timestamp_ns(text: str, where: str) -> int:
    try:
        return int(Decimal(text) * NS_PER_S)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise PlanError(f"{where}: {text!r} is neither seconds nor an RFC 3339 time") from None
    since = instant.replace(tzinfo=instant.tzinfo or UTC) - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
