"""Type ``bash``: a command that the caller waits for."""

from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.command import CommandJob


def plan(payload: Payload, policy: Policy) -> Job:
    command = payload.metadata.get("cmd", "")
    policy.check_command(command)
    return CommandJob(command, ["bash", "-c", command])


TASK = TaskType(
    name="bash",
    summary="A bash command that the caller waits for.",
    plan=plan,
    verdict=VerdictMode.NOW,
    shell=True,
    fields={
        "cmd": Field("the command, run by `bash -c`"),
        "returnCmdOutput": Field("`true` answers the output with the 200"),
    },
)
