"""What a task type is, and what its jobs are given to work with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from loadtester.webhooks.gotypes import parse_bool
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.running import Finished, ProcessTree
from loadtester.webhooks.processes.supervisor import Supervisor

SHOWN_FAILURE = 412
"""A status whose body Flagger shows in its events; it hides the body of a 5xx."""


class VerdictMode(StrEnum):
    """How the result of a task reaches the caller.

    OFF: it does not (Flagger's `cmd`). LATER: a later call answers it. NOW: this call waits.
    """

    OFF = "off"
    LATER = "later"
    NOW = "now"


@dataclass(frozen=True)
class Outcome:
    """How a task ended. `body` is what a caller who waited is shown.

    `failed` lists what was not met, one line each; `report` is the measured result as JSON.
    `interruption` says that, and why, nothing is known about what was tested.
    """

    ok: bool
    output: bytes = b""
    error: str = ""
    body: bytes = b""
    failed: tuple[str, ...] = ()
    report: Mapping[str, Any] | None = None
    interruption: str = ""


@dataclass(eq=False)
class RunContext:
    """What a job may use while it runs: commands, within limits, and a place for live numbers."""

    processes: Supervisor
    timeout_s: float
    output_bytes: int
    live: Mapping[str, Any] | None = None
    terminated: bool = False
    _trees: set[ProcessTree] = field(default_factory=set)

    async def run_command(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
    ) -> Finished:
        """Run a command to its end or the deadline; `keep` sees each piece of output first."""
        return await self.processes.run(
            argv,
            timeout_s=self.timeout_s,
            limit_bytes=self.output_bytes,
            env=env,
            cwd=cwd,
            keep=keep,
            started=self._started,
        )

    def show(self, live: Mapping[str, Any]) -> None:
        """Publish the latest live numbers of this run."""
        self.live = live

    @property
    def has_commands(self) -> bool:
        """Whether it has started any command yet."""
        return bool(self._trees)

    def _started(self, tree: ProcessTree) -> None:
        self._trees.add(tree)
        if self.terminated:
            tree.terminate()

    def terminate(self) -> None:
        """Send SIGTERM to its commands, also to one that is only being started."""
        self.terminated = True
        for tree in self._trees:
            tree.terminate()

    def kill(self) -> None:
        """Kill its commands."""
        for tree in self._trees:
            tree.kill()


class Job(Protocol):
    """One task, understood and allowed, ready to run.

    `title` is for people (secrets are redacted before it is shown or kept); two jobs of one canary
    with the same `key` never run at the same time. `places` says how many of the places that
    `--max-tasks` grants it takes: one for each process that makes load.
    """

    @property
    def title(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def places(self) -> int: ...

    async def run(self, context: RunContext) -> Outcome:
        """Do it. Errors of the task are an Outcome that is not ok, not exceptions."""


@dataclass(frozen=True)
class Field:
    """One key of the metadata: what it means, and whether it must be there."""

    meaning: str
    required: bool = False


@dataclass(frozen=True)
class TaskType:
    """A kind of task: its name in `metadata.type` and how metadata become a job.

    `prepare` raises BadTaskError when the metadata are wrong and RefusedError when the policy
    forbids them. `shell` types can run any program, and `--no-shell` switches them off.
    """

    name: str
    summary: str
    prepare: Callable[[Payload, Policy], Job]
    verdict: VerdictMode
    shell: bool
    fields: Mapping[str, Field] = field(default_factory=dict)
    failure_status: int = 500
    always_logs_output: bool = True

    def logs_output(self, payload: Payload) -> bool:
        """Whether the output of a success goes to the log, as Flagger's load tester decides it."""
        return self.always_logs_output or parse_bool(payload.metadata.get("logCmdOutput", ""))
