"""Types `helm`, `helmv3` and `kubectl`: a program that the caller waits for.

Its arguments are split at white space, as Flagger's load tester does it: no quoting.
"""

from dataclasses import replace

from loadtester.webhooks.gotypes import fields
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.shell import CommandJob


def program_task(program: str) -> TaskType:
    """The task type that runs `program`."""

    def prepare(payload: Payload, policy: Policy) -> Job:
        text = payload.metadata.get("cmd", "")
        argv = [program, *fields(text)]
        policy.check_command(argv, " ".join(argv))
        return CommandJob(text, argv)

    return TaskType(
        name=program,
        summary=f"A {program} command that the caller waits for.",
        prepare=prepare,
        verdict=VerdictMode.NOW,
        shell=True,
        fields={
            "cmd": Field(f"the arguments of `{program}`, split at white space, no quoting"),
            "returnCmdOutput": Field("`true` answers the output with the 200"),
        },
    )


HELM = program_task("helm")
HELMV3 = replace(HELM, name="helmv3")
KUBECTL = program_task("kubectl")
