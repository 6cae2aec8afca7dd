"""Types `cmd`, a shell command in the background, and `bash`, one that the caller waits for.

A plain `hey ...` of type `cmd` needs no shell: it runs on our engine, with live numbers and a
report.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.shellwords import split_plain
from loadtester.webhooks.tasks.base import Field, Job, Outcome, RunContext, TaskType, VerdictMode
from loadtester.webhooks.tasks.hey import HeyJob
from loadtester.webhooks.tasks.hey_command import HeyCommand, is_hey, read_command

_LOST = "the process that watched it was killed"


@dataclass(frozen=True)
class CommandJob:
    """Run `argv`; `command` is the text the caller gave, and names the job."""

    command: str
    argv: Sequence[str]
    places: int = 1

    @property
    def title(self) -> str:
        return self.command

    @property
    def key(self) -> str:
        return self.command

    async def run(self, context: RunContext) -> Outcome:
        finished = await context.run_command(self.argv)
        if finished.ok:
            return Outcome(True, finished.output)
        said = (self.command.encode("utf-8", "replace"), finished.output, finished.error.encode())
        return Outcome(
            False,
            finished.output,
            finished.error,
            b"command %s failed: %s: %s" % said,
            interruption=_LOST if finished.lost else "",
        )


@dataclass(frozen=True)
class _Checked:
    """A command that the policy allows: the words that must run, or else the text for a shell."""

    text: str
    words: Sequence[str] | None
    hey: HeyCommand | None

    @property
    def script(self) -> str:
        return self.text if self.words is None else shlex.join(self.words)


def _check(text: str, policy: Policy) -> _Checked:
    """What was checked is what runs: under a rule a shell gets the very words, each in quotes."""
    words = split_plain(text)
    must_run_words = policy.check_command(words, text)
    hey = read_command(words, policy) if words is not None and is_hey(words) else None
    if hey is not None and must_run_words:
        words = hey.words
    return _Checked(text, words if must_run_words else None, hey)


def prepare_cmd(payload: Payload, policy: Policy) -> Job:
    """The job of a `cmd` task: our engine's for a plain `hey`, else a shell's."""
    text = payload.metadata.get("cmd")
    if text is None:
        raise BadTaskError("cmd not found in metadata")
    checked = _check(text, policy)
    if checked.hey is not None:
        hey = checked.hey
        return HeyJob(text, text, hey.flags, hey.url, places=hey.processes)
    return CommandJob(text, ["sh", "-c", checked.script])


def prepare_bash(payload: Payload, policy: Policy) -> Job:
    """The job of a `bash` task."""
    checked = _check(payload.metadata.get("cmd", ""), policy)
    places = checked.hey.processes if checked.hey is not None else 1
    return CommandJob(checked.text, ["bash", "-c", checked.script], places)


CMD = TaskType(
    name="cmd",
    summary="A shell command in the background.",
    prepare=prepare_cmd,
    verdict=VerdictMode.OFF,
    shell=True,
    always_logs_output=False,
    fields={
        "cmd": Field("the command, run by `sh -c`", required=True),
        "logCmdOutput": Field("`true` writes the output to the log"),
    },
)
BASH = TaskType(
    name="bash",
    summary="A bash command that the caller waits for.",
    prepare=prepare_bash,
    verdict=VerdictMode.NOW,
    shell=True,
    fields={
        "cmd": Field("the command, run by `bash -c`"),
        "returnCmdOutput": Field("`true` answers the output with the 200"),
    },
)
