"""Type ``helm``: a helm command that the caller waits for, split at white space as Go does."""

from loadtester.webhooks.gotypes import fields
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.command import CommandJob


def plan(payload: Payload, policy: Policy) -> Job:
    arguments = payload.metadata.get("cmd", "")
    policy.check_command(f"helm {arguments}")
    return CommandJob(arguments, ["helm", *fields(arguments)])


TASK = TaskType(
    name="helm",
    summary="A helm command that the caller waits for.",
    plan=plan,
    verdict=VerdictMode.NOW,
    shell=True,
    fields={
        "cmd": Field("the arguments of `helm`, split at white space, no quoting"),
        "returnCmdOutput": Field("`true` answers the output with the 200"),
    },
)
