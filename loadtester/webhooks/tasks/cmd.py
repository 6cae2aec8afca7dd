"""Type ``cmd``, the default: a shell command in the background; nobody hears how it ended.

A plain ``hey ...`` needs no shell: it runs on our engine, with live numbers and a report.
"""

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.command import CommandJob
from loadtester.webhooks.tasks.hey import HeyJob, plain_invocation

_DETOURS = ("x", "proxy", "connect-to", "unix-socket")
_COMMANDS = ("report", "diff", "selfcheck")


def plan(payload: Payload, policy: Policy) -> Job:
    command = payload.metadata.get("cmd")
    if command is None:
        raise BadTaskError("cmd not found in metadata")
    policy.check_command(command)
    words = plain_invocation(command)
    if words is None or words[0] in _COMMANDS or words[-1].startswith("-"):
        return CommandJob(command, ["sh", "-c", command])
    *flags, url = words
    if policy.allow_targets:
        flags = _kept_in_bounds(flags, url, policy)
    return HeyJob(command, command, flags, url)


def _kept_in_bounds(flags: list[str], url: str, policy: Policy) -> list[str]:
    policy.check_target(url if "://" in url else f"http://{url}", "cmd")
    for flag in flags:
        if flag.startswith("-") and flag.lstrip("-").split("=")[0] in _DETOURS:
            raise RefusedError(f"cmd: {flag} is not allowed beside --allow-target")
    if any("://" in flag for flag in flags):
        raise RefusedError("cmd: only the last word may be a URL beside --allow-target")
    return [*flags, "--disable-redirects"]


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
