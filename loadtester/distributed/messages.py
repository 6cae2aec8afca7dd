"""What hey, the locust master and its workers tell each other. It imports neither locust nor us.

Between hey and its master these are lines of JSON; between master and workers they are locust's
own messages, whose type is `TYPE_PREFIX` and the kind.

    hey to master         Assignment, then START and STOP
    master to worker      WORK (arguments, environment, number, of, version), START, STOP
    worker to master      READY before each phase, SNAPSHOT, at last RESULT, REFUSED or LOST
    master to hey         the same, with the number and the name of the worker; JOINED, FAILED
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

TYPE_PREFIX = "hey-"
WORK, START, STOP = "work", "start", "stop"
READY, SNAPSHOT, RESULT, REFUSED, LOST = "ready", "snapshot", "result", "refused", "lost"
JOINED, FAILED = "joined", "failed"
TO_WORKERS = (START, STOP)
FROM_WORKERS = (READY, SNAPSHOT, RESULT, REFUSED, LOST)
LEAD_MS = 100
"""From the last READY to the start, on each worker's own clock."""


@dataclass(frozen=True)
class Assignment:
    """What a master has to carry out: where to listen, for how many, and what they do."""

    host: str
    port: int
    workers: int
    wait_s: float
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    version: str

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Assignment":
        """From plain values."""
        return cls(**{**value, "arguments": tuple(value["arguments"])})


@dataclass(frozen=True)
class Report:
    """Something a master says: of worker `number` (called `name`), or of itself (-1)."""

    kind: str
    number: int = -1
    name: str = ""
    data: Any = None


def write_line(stream: IO[bytes], value: Mapping[str, Any]) -> None:
    """One value, whole. OSError when nobody reads it."""
    stream.write(json.dumps(value).encode() + b"\n")
    stream.flush()


def read_line(stream: IO[bytes]) -> Any:
    """The next value; EOFError when there is none any more."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return json.loads(line)
