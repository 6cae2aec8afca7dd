"""Type ``cmd``, the default: a shell command in the background; nobody hears how it ended."""

from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.command import CommandJob


def plan(payload: Payload, policy: Policy) -> Job:
    command = payload.metadata.get("cmd")
    if command is None:
        raise BadTaskError("cmd not found in metadata")
    policy.check_command(command)
    return CommandJob(command, ["sh", "-c", command])


TASK = TaskType(
    name="cmd",
    summary="A shell command in the background.",
    plan=plan,
    verdict=VerdictMode.OFF,
    shell=True,
    always_logs_output=False,
    fields={
        "cmd": Field("the command, run by `sh -c`", required=True),
        "logCmdOutput": Field("`true` writes the output to the log"),
    },
)
