"""A run: one execution of a task, from its first moment to its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class RunState(StrEnum):
    """Where a run stands.

    Only PASSED and FAILED say something about the canary. INTERRUPTED: this load tester ended it.
    LOST: the server that ran it died before it could say.
    """

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    LOST = "lost"


@dataclass(frozen=True)
class Run:
    """What is known of a run; times are Unix seconds, `output` is bounded text.

    `reported` is False for a run whose verdict a later call asks for, until one has. `server`
    names the process that runs it, with a random part, so that no other is ever taken for it.
    """

    id: str
    key: str
    canary: str
    type: str
    title: str
    phase: str
    checksum: str
    state: RunState
    started_at: float
    server: str = ""
    ended_at: float | None = None
    error: str = ""
    failed: tuple[str, ...] = ()
    output: str = ""
    report: Mapping[str, Any] | None = None
    verdict_later: bool = False
    reported: bool = True
    live: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended, as far as is known."""
        return self.state is RunState.RUNNING

    def lost(self, now: float) -> "Run":
        """The run as it is once its server is known to be gone."""
        error = "the server that ran it is gone"
        return replace(self, state=RunState.LOST, ended_at=now, error=error, reported=True)

    def labels(self) -> dict[str, str]:
        """The fields by which its log lines are found."""
        return {"canary": self.canary, "task": self.type, "run": self.id}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as the API and the stores hold them."""
        plain = {name: getattr(self, name) for name in _KEPT}
        return {**plain, "state": str(self.state), "failed": list(self.failed)}

    @classmethod
    def from_json(cls, value: Any) -> "Run":
        """The inverse of `to_json`; ValueError if it is not one."""
        return _ADAPTER.validate_python(value)


_KEPT = tuple(item.name for item in fields(Run) if item.name != "live")
_ADAPTER = TypeAdapter(Run)
