"""A run: one execution of a task, from its first moment to its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a run stands. LOST: the server that ran it died before it could say."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True)
class Run:
    """What is known of a run; times are Unix seconds, ``output`` is bounded text."""

    id: str
    key: str
    canary: str
    type: str
    title: str
    phase: str
    checksum: str
    state: State
    started_at: float
    deadline_at: float
    server: str = ""
    ended_at: float | None = None
    error: str = ""
    failed: tuple[str, ...] = ()
    output: str = ""
    report: Mapping[str, Any] | None = None
    live: Mapping[str, Any] | None = field(default=None, compare=False)

    def at(self, now: float) -> "Run":
        """The run as it must be read at ``now``: one long past its deadline has lost its server."""
        if self.state is State.RUNNING and now > self.deadline_at:
            return replace(self, state=State.LOST, error="the server that ran it is gone")
        return self

    def labels(self) -> dict[str, str]:
        """The fields by which its log lines are found."""
        return {"canary": self.canary, "task": self.type, "run": self.id}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as the API and the stores hold them."""
        plain = {name: getattr(self, name) for name in _NAMES}
        return {**plain, "state": str(self.state), "failed": list(self.failed)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Run":
        """The inverse of `to_json`; KeyError or ValueError if it is not one."""
        given = {name: value[name] for name in _NAMES}
        return cls(**{**given, "state": State(given["state"]), "failed": tuple(given["failed"])})


_NAMES = tuple(item.name for item in fields(Run) if item.name != "live")
