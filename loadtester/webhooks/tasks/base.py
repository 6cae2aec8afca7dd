"""What a task type is, and what it is given to work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from loadtester.webhooks.gotypes import parse_bool
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.running import Finished

SHOWN_FAILURE = 412
"""A status whose body Flagger shows in its events; it hides the body of a 5xx."""


class VerdictMode(StrEnum):
    """How the result of a task reaches the caller.

    OFF: it does not (Flagger's ``cmd``). LATER: a later call answers it. NOW: this call waits.
    """

    OFF = "off"
    LATER = "later"
    NOW = "now"


@dataclass(frozen=True)
class Outcome:
    """How a task ended. ``body`` is what a caller who waited is shown.

    ``failed`` lists what was not met, one line each; ``report`` is the measured result as JSON.
    """

    ok: bool
    output: bytes = b""
    error: str = ""
    body: bytes = b""
    failed: tuple[str, ...] = ()
    report: Mapping[str, Any] | None = None


class Scene(Protocol):
    """What a job may use while it runs: processes, its limits, and a place for live numbers."""

    @property
    def timeout_s(self) -> float:
        """How long the job may take, seconds."""

    async def run_process(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
    ) -> Finished:
        """Run a child to its end or the deadline; ``keep`` sees each piece of output first."""

    def show(self, live: Mapping[str, Any]) -> None:
        """Publish the latest live numbers of this run."""


class Job(Protocol):
    """One task, understood and allowed, ready to run.

    ``title`` is for people (secrets are struck out before it is shown or kept); two jobs of one
    canary with the same ``key`` never run at the same time.
    """

    @property
    def title(self) -> str: ...

    @property
    def key(self) -> str: ...

    async def run(self, scene: Scene) -> Outcome:
        """Do it. Errors of the task are an Outcome that is not ok, not exceptions."""


@dataclass(frozen=True)
class Field:
    """One key of the metadata: what it means, and whether it must be there."""

    meaning: str
    required: bool = False


@dataclass(frozen=True)
class TaskType:
    """A kind of task: its name in ``metadata.type`` and how metadata become a job.

    ``plan`` raises BadTaskError when the metadata are wrong and RefusedError when the policy
    forbids them. ``shell`` types can run any program, and ``--no-shell`` switches them off.
    """

    name: str
    summary: str
    plan: Callable[[Payload, Policy], Job]
    verdict: VerdictMode
    shell: bool
    fields: Mapping[str, Field] = field(default_factory=dict)
    failure_status: int = 500
    always_logs_output: bool = True

    def logs_output(self, payload: Payload) -> bool:
        """Whether the output of a success goes to the log, as Flagger's load tester decides it."""
        return self.always_logs_output or parse_bool(payload.metadata.get("logCmdOutput", ""))
