"""From the payload of a call to a task that is understood, allowed and ready to run. Pure."""

import hashlib
from dataclasses import dataclass, field

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.gotypes import parse_bool
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.runs.redact import Redactor
from loadtester.webhooks.settings import failure_status
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.base import SHOWN_FAILURE, Job, TaskType, VerdictMode

_MOST_FIELDS = 500


@dataclass(frozen=True)
class Defaults:
    """What tasks get that do not say it themselves; empty and 0 stand for their type's own."""

    verdict: str = ""
    on_failure: int = 0


@dataclass(frozen=True)
class TaskRequest:
    """A task as called for: what to run, and how its verdict reaches the caller."""

    task: TaskType
    job: Job
    payload: Payload
    mode: VerdictMode = VerdictMode.OFF
    failure_status: int = 500
    repeat: bool = True
    returns_output: bool = False
    redact: Redactor = field(default_factory=Redactor)

    @property
    def is_synchronous(self) -> bool:
        """Whether the caller waits for the end."""
        return self.mode is VerdictMode.NOW

    @property
    def key(self) -> str:
        """What makes two calls the same; a digest, for commands may hold secrets.

        A call that waits belongs to one phase of one revision.
        """
        parts = [self.payload.canary, self.task.name, self.job.key]
        if self.is_synchronous:
            parts += [self.payload.checksum, self.payload.phase]
        text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest()[:32]


def read_request(payload: Payload, policy: Policy, defaults: Defaults) -> TaskRequest:
    """Understand the metadata; BadTaskError or RefusedError say what is the matter."""
    metadata = payload.metadata
    if not metadata:
        raise BadTaskError("metadata not found in payload")
    if len(metadata) > _MOST_FIELDS:
        raise BadTaskError(f"metadata: {len(metadata)} fields are more than {_MOST_FIELDS}")
    name = metadata.get("type", "cmd")
    task = TYPES.get(name)
    if task is None:
        raise BadTaskError(f"unknown task type {name[:100]}")
    for key, text in metadata.items():
        if "\0" in text or "\0" in key:
            raise BadTaskError(f"{key[:100]!a}: holds a NUL byte")
    if task.shell and policy.no_shell:
        raise RefusedError(f"type {name} is switched off here (--no-shell)")
    mode = _mode(task, payload, defaults)
    return TaskRequest(
        task=task,
        job=task.prepare(payload, policy),
        payload=payload,
        mode=mode,
        failure_status=_failure_status(task, payload, mode, defaults),
        repeat=_repeat(payload),
        returns_output=parse_bool(metadata.get("returnCmdOutput", "")),
        redact=Redactor.of(metadata),
    )


def _mode(task: TaskType, payload: Payload, defaults: Defaults) -> VerdictMode:
    text = payload.metadata.get("verdict")
    if text is None:
        in_background = task.verdict is not VerdictMode.NOW
        return VerdictMode((in_background and defaults.verdict) or task.verdict)
    try:
        return VerdictMode(text)
    except ValueError:
        raise BadTaskError(f'verdict: "{text[:100]}" is not one of off, later, now') from None


def _failure_status(task: TaskType, payload: Payload, mode: VerdictMode, defaults: Defaults) -> int:
    text = payload.metadata.get("onFailure")
    if text is None:
        own = SHOWN_FAILURE if mode is VerdictMode.LATER else task.failure_status
        return defaults.on_failure or own
    try:
        return failure_status(text)
    except ValueError as error:
        raise BadTaskError(f"onFailure: {error}") from None


def _repeat(payload: Payload) -> bool:
    text = payload.metadata.get("repeat", "true")
    if text not in ("true", "false"):
        raise BadTaskError(f'repeat: "{text[:100]}" is not true or false')
    return text == "true"
