"""Arrivals as they once were: the timestamps of a file."""

import re
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Self

from commons.input_file import InputFileError, read_at_most
from commons.units import NS_PER_S
from loadtester.load.errors import PlanError
from loadtester.load.limits import MAX_DURATION_NS, MAX_REPLAY_BYTES
from loadtester.load.schedules.base import Schedule

_SECONDS = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")
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
            lines = read_at_most(text, MAX_REPLAY_BYTES).decode("utf-8").splitlines()
        except UnicodeDecodeError:
            raise PlanError(f"replay {text}: is not text in UTF-8") from None
        except InputFileError as error:
            raise PlanError(f"replay {text}: {error}") from error
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
        if times and times[-1] - times[0] > MAX_DURATION_NS:
            raise PlanError(f"replay {source}: the timestamps are more than a year apart")
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
    if _SECONDS.fullmatch(text):
        return int(Decimal(text) * NS_PER_S)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise PlanError(f"{where}: is neither seconds nor an RFC 3339 time") from None
    since = instant.replace(tzinfo=instant.tzinfo or UTC) - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
