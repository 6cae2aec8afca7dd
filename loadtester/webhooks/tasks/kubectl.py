"""Type ``kubectl``: a command that the caller waits for, split at white space as Go does."""

from loadtester.webhooks.gotypes import fields
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.command import CommandJob


def plan(payload: Payload, policy: Policy) -> Job:
    arguments = payload.metadata.get("cmd", "")
    policy.check_command(f"kubectl {arguments}")
    return CommandJob(arguments, ["kubectl", *fields(arguments)])


TASK = TaskType(
    name="kubectl",
    summary="A kubectl command that the caller waits for.",
    plan=plan,
    verdict=VerdictMode.NOW,
    shell=True,
    fields={
        "cmd": Field("the arguments of `kubectl`, split at white space, no quoting"),
        "returnCmdOutput": Field("`true` answers the output with the 200"),
    },
)
