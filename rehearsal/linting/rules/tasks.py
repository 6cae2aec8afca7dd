"""Rules on tasks: what the load tester is asked to run, and whether its result can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commons.durations import DurationError, parse_duration_s
from rehearsal.flagger.canary.problems import suggestion
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, Subject
from rehearsal.webhooks.calls import OUR_TASKS, SHELL_TASKS, TASKS, Call
from rehearsal.webhooks.load_duration import duration_s
from rehearsal.webhooks.shell import Command

_LOADTESTER = "flagger pkg/loadtester/server.go"
_URL = "url: http://flagger-loadtester.flagger/"
_CHECKS = ("pre-rollout", "rollout")
# What ends with the exit code of what it read: a pipe into one of these is a check.
_JUDGES = ("grep", "egrep", "test", "[", "[[", "diff", "cmp")
_PASSES = ("true", ":", "echo", "exit")


def _hook(metadata: str, kind: str = "pre-rollout") -> str:
    return f"""\
analysis:
  webhooks:
    - name: hook
      type: {kind}
      {_URL}
      timeout: 30s
      metadata: {metadata}
"""


@rule(
    "hook-url-unreadable",
    "error",
    reason="Flagger cannot call an address without scheme or host: the check fails on every tick"
    " without a request, and an event is never delivered.",
    remedy="Write http://NAME.NAMESPACE/.",
    bad="analysis: {webhooks: [{name: hook, url: flagger-loadtester.flagger/}]}",
    good="analysis: {webhooks: [{name: hook, url: http://flagger-loadtester.flagger/gate/check}]}",
    source="flagger pkg/controller/webhook.go, callWebhook",
)
def hook_url_unreadable(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        error = Call(hook).address.error
        if error:
            yield Hit(subject.manifest, (*path, "url"), f"cannot be called: {error}")


@rule(
    "hook-timeout-unreadable",
    "error",
    reason="The API server checks only how a timeout begins, and Go has to read the rest. When it"
    " cannot, the check fails without a request.",
    remedy='Write a Go duration such as "30s" or "1m30s".',
    bad="analysis: {webhooks: [{name: hook, timeout: 1minute, url: http://decider.ci/}]}",
    good="analysis: {webhooks: [{name: hook, timeout: 1m, url: http://decider.ci/}]}",
    source="flagger pkg/controller/webhook.go, callWebhook",
)
def hook_timeout_unreadable(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        try:
            parse_duration_s(hook.timeout if len(hook.timeout) > 1 else "1s")
        except DurationError as error:
            text = f"Go cannot read it ({error}): the check fails without a request"
            yield Hit(subject.manifest, (*path, "timeout"), text)


@rule(
    "task-type-unknown",
    "error",
    reason="Flagger's load tester crashes in the request of a task type that it does not know, and"
    " Flagger sees EOF: the check fails on every tick.",
    remedy="Write one of the types that the message names.",
    bad=_hook('{type: bsah, cmd: "curl -f http://detail-canary.flagger:3000/ping"}'),
    good=_hook('{type: bash, cmd: "curl -f http://detail-canary.flagger:3000/ping"}'),
    source="flagger pkg/loadtester/task.go, GetTaskFactory",
)
def task_type_unknown(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        if call.is_task and hook.metadata and call.task not in TASKS:
            hint = suggestion(call.task, TASKS)
            text = f'"{call.task[:40]}" is no task type: {", ".join(sorted(TASKS))}{hint}'
            yield Hit(subject.manifest, (*path, "metadata", "type"), text)


@rule(
    "task-without-command",
    "error",
    reason="The load tester answers 400 to a task without metadata or without a command, so that"
    " the check fails on every tick; a command that is empty does nothing and passes.",
    remedy="Write metadata.cmd, or call one of the load tester's gates.",
    bad="analysis: {webhooks: [{name: hook, type: pre-rollout, " + _URL + "}]}",
    good=_hook('{type: bash, cmd: "curl -f http://detail-canary.flagger:3000/ping"}'),
    source=_LOADTESTER,
)
def task_without_command(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        if not call.is_task or (hook.type == "event"):
            continue
        metadata = hook.metadata or {}
        if not metadata:
            yield Hit(subject.manifest, path, "a task without metadata is always answered 400")
        elif call.task in SHELL_TASKS and not metadata.get("cmd", "").strip():
            key = ("cmd",) if "cmd" in metadata else ()
            text = "there is no command to run"
            yield Hit(subject.manifest, (*path, "metadata", *key), text)


@rule(
    "task-of-ours",
    "info",
    reason="The task types loadtest, locust and http are those of the load tester of this project."
    " Flagger's own crashes in the request.",
    remedy="Deploy this project's load tester; or use cmd and bash.",
    bad=_hook("{type: loadtest, url: http://detail-canary.flagger:3000/, duration: 1m}", "rollout"),
    good=_hook('{cmd: "hey -z 2m http://detail-canary.flagger:3000/"}', "rollout"),
    source="flagger pkg/loadtester/task.go",
)
def task_of_ours(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        if call.is_task and call.task in OUR_TASKS:
            text = f"{call.task} is not a task of Flagger's own load tester"
            yield Hit(subject.manifest, (*path, "metadata", "type"), text)


@rule(
    "task-checks-nothing",
    "warning",
    reason="The load tester answers a task of type cmd with 202 before it runs, and its exit code"
    " is reported to nobody. A test of that type passes whatever it finds.",
    remedy="Use type bash, whose exit code decides.",
    bad=_hook('{type: cmd, cmd: "curl -f http://detail-canary.flagger:3000/ping"}'),
    good=_hook('{type: bash, cmd: "curl -f http://detail-canary.flagger:3000/ping"}'),
    source=(_LOADTESTER, "fluxcd/flagger#431", "fluxcd/flagger#366", "6 of 206 public Canaries"),
)
def task_checks_nothing(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks(*_CHECKS):
        call = Call(hook)
        if call.answers_at_once and call.commands and not call.makes_load:
            name = call.commands[-1].name
            text = f"a cmd is answered 202 at once: {name} may fail, and the check passes"
            yield Hit(subject.manifest, (*path, "metadata"), text)


@rule(
    "command-cannot-fail",
    "warning",
    reason="curl ends with 0 whatever status it was answered, unless -f is given; a pipe ends with"
    " the code of its last command, and `|| true` with 0. Such a test passes a build that answers"
    " nothing but errors.",
    remedy="Give curl -f (or --fail-with-body), write `set -o pipefail`, or end with a command that"
    " judges, such as grep -q.",
    bad=_hook('{type: bash, cmd: "curl -s http://detail-canary.flagger:3000/ping"}'),
    good=_hook('{type: bash, cmd: "curl -sf http://detail-canary.flagger:3000/ping"}'),
    source=("fluxcd/flagger#1531", "fluxcd/flagger#1716", "8 of 206 public Canaries"),
)
def command_cannot_fail(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks(*_CHECKS):
        call = Call(hook)
        if call.task != "bash" or not call.commands:
            continue
        text = _why_it_passes(call.commands)
        if text:
            yield Hit(subject.manifest, (*path, "metadata", "cmd"), text)


def _why_it_passes(found: Sequence[Command]) -> str:
    """Why the commands end with 0 whatever curl was answered; empty if they need not."""
    curls = [index for index, command in enumerate(found) if command.name in ("curl", "wget")]
    if not curls:
        return ""
    last = found[-1]
    before = found[-2].operator if len(found) > 1 else ""
    if before in ("||", ";") and _always_passes(last):
        return f"ends with `{before} {' '.join(last.words)[:30]}`, which passes"
    if any(command.name in _JUDGES for command in found) or _sets_pipefail(found):
        judged = any(command.name in _JUDGES for command in found)
        return "" if judged or _fails(found[curls[-1]]) else _NO_FAIL
    if found[curls[-1]].operator in ("|", "|&"):
        if last.name in ("jq", "python", "python3", "awk", "node", "bash", "sh"):
            return "" if last.name != "jq" or last.has_flag("-e", "--exit-status") else _pipe(last)
        return _pipe(last)
    if curls[-1] != len(found) - 1:
        return ""
    return "" if _fails(found[curls[-1]]) else _NO_FAIL


_NO_FAIL = "curl ends with 0 whatever status it is answered; add -f"


def _always_passes(command: Command) -> bool:
    """Whether it is true, echo and the like; exit with another number than 0 is not."""
    fails = command.name == "exit" and command.words[1:2] not in ((), ("0",))
    return command.name in _PASSES and not fails


def _pipe(last: Command) -> str:
    return f"the pipe ends with the code of {last.name}, not of curl; add `set -o pipefail`"


def _sets_pipefail(found: Sequence[Command]) -> bool:
    return any(one.name == "set" and "pipefail" in " ".join(one.words) for one in found)


def _fails(command: Command) -> bool:
    if command.name == "wget":
        return True
    return command.has_flag("-f", "--fail", "--fail-with-body", "--fail-early")


@rule(
    "bash-outlasts-timeout",
    "error",
    reason="Flagger waits for a task of type bash until its timeout, and counts what takes longer"
    " as failed. A load of a minute behind a timeout of seconds fails every time.",
    remedy="Raise the timeout above the duration, or use type cmd, which is answered at once.",
    bad=_hook('{type: bash, cmd: "hey -z 1m http://detail-canary.flagger:3000/"}', "rollout"),
    good=_hook('{type: bash, cmd: "hey -z 20s http://detail-canary.flagger:3000/"}', "rollout"),
    source=("flagger pkg/controller/webhook.go", "public Canaries"),
)
def bash_outlasts_timeout(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        if not call.is_task or call.task != "bash":
            continue
        takes_s = _takes_s(call.commands)
        if takes_s >= call.timeout_s:
            text = f"takes {takes_s:g}s at least, and Flagger waits {call.timeout_s:g}s"
            yield Hit(subject.manifest, (*path, "metadata", "cmd"), text)


def _takes_s(found: Sequence[Command]) -> float:
    """Seconds that the commands take at least, those in the background apart."""
    return sum(duration_s(one) or 0.0 for one in found if one.operator != "&")


@rule(
    "hooks-outlast-interval",
    "warning",
    reason="Flagger calls its webhooks one after another and waits for those that block. A tick"
    " that takes longer than the interval makes the next one be dropped: the run takes longer than"
    " it was planned, and metric windows no longer join.",
    remedy="Shorten the blocking tasks, or lengthen the interval.",
    bad=_hook(
        '{type: bash, cmd: "hey -z 2m http://detail-canary.flagger:3000/"}', "rollout"
    ).replace("30s", "3m"),
    good=_hook('{cmd: "hey -z 2m http://detail-canary.flagger:3000/"}', "rollout"),
    source="flagger docs, webhooks; pkg/controller/job.go",
)
def hooks_outlast_interval(subject: Subject) -> Iterator[Hit]:
    total_s = 0.0
    for _, hook in subject.webhooks("rollout"):
        call = Call(hook)
        if call.is_task and call.task == "bash":
            total_s += min(_takes_s(call.commands), call.timeout_s)
    interval_s = subject.analysis.interval_s
    if total_s >= interval_s:
        text = f"the rollout webhooks block for {total_s:g}s, an interval is {interval_s:g}s"
        yield Hit(subject.manifest, (*ANALYSIS, "webhooks"), text)


@rule(
    "retries-outlast-interval",
    "info",
    reason="Each retry waits 1, 2, 4 seconds and so on, after an attempt that may take the whole"
    " timeout. All of it blocks the tick, and ticks are dropped meanwhile.",
    remedy="Write fewer retries or a shorter timeout.",
    bad="analysis: {webhooks: [{name: hook, retries: 4, timeout: 20s, url: http://decider.ci/}]}",
    good="analysis: {webhooks: [{name: hook, retries: 1, timeout: 5s, url: http://decider.ci/}]}",
    source="flagger pkg/controller/webhook.go; hashicorp/go-retryablehttp",
)
def retries_outlast_interval(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        retries = min(hook.retries, 1000)
        if retries <= 0:
            continue
        waits_s = sum(min(2.0**attempt, 30.0) for attempt in range(retries))
        longest_s = Call(hook).timeout_s * (retries + 1) + waits_s
        if longest_s >= subject.analysis.interval_s:
            text = f"with its waits this webhook may take {longest_s:g}s"
            yield Hit(subject.manifest, (*path, "retries"), text)
