"""Type `concord`: start a process on a Concord server and wait until it is over.

Source: Flagger's pkg/loadtester/concord.go. There `pollTimeout` starts anew with each poll and
so never ends anything; here it bounds the whole wait.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from commons.input_file import InputFileError, read_at_most
from commons.units import MIB
from loadtester.webhooks.errors import BadTaskError, RemoteError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, Outcome, RunContext, TaskType, VerdictMode
from loadtester.webhooks.tasks.remote import Remote, poll
from loadtester.webhooks.tasks.urls import check_http_url

_PROCESSES = "/api/v1/process"
_FINISHED = "FINISHED"
_FAILED = ("FAILED", "CANCELLED", "TIMED_OUT")
_REQUIRED = ("server", "org", "project", "repo", "entrypoint", "apiKeyPath", "endpoint")
_LONGEST_KEY = 4096
_ARGUMENTS = "arguments."


@dataclass(frozen=True)
class ConcordJob:
    """One process on a Concord server; times in seconds."""

    remote: Remote
    form: Mapping[str, str]
    interval_s: float
    timeout_s: float
    places: int = 1

    @property
    def title(self) -> str:
        names = ("org", "project", "repo", "entryPoint")
        return " ".join(self.form[name] for name in names)

    @property
    def key(self) -> str:
        return self.title

    async def run(self, context: RunContext) -> Outcome:
        try:
            async with asyncio.timeout(min(self.timeout_s, context.timeout_s)):
                instance = await self._start()
                status = await poll(lambda: self._status(instance), self.interval_s)
        except TimeoutError:
            error = f"concord process timed out, after {self.timeout_s:.0f} seconds"
        except RemoteError as failure:
            error = str(failure)
        else:
            if status == _FINISHED:
                return Outcome(True)
            error = f"concord instanceID: {instance} failed"
        return Outcome(False, error=error, body=error.encode("utf-8", "replace"))

    async def _start(self) -> str:
        parts: dict[str, Any] = {name: (None, value) for name, value in self.form.items()}
        process = await self.remote.call("POST", _PROCESSES, files=parts)
        instance = process.get("instanceId")
        if not isinstance(instance, str) or not instance:
            raise RemoteError("concord did not answer with an instanceId")
        return instance

    async def _status(self, instance: str) -> str | None:
        """How the process ended; None while it runs."""
        process = await self.remote.call("GET", f"{_PROCESSES}/{quote(instance, safe='')}")
        status = process.get("status")
        return status if status in (_FINISHED, *_FAILED) else None


def prepare(payload: Payload, policy: Policy) -> Job:
    """The job of a `concord` task."""
    given = payload.metadata
    for name in _REQUIRED:
        if name not in given:
            raise BadTaskError(f"`{name}` is required with type concord", 500)
    host, port = check_http_url(given["server"], "invalid url", 500)
    if "arguments.endpoint" in given:
        raise BadTaskError(
            "You cannot override Endpoint through arguments. You must override Endpoint directly",
            500,
        )
    policy.check_target(host, port, "server")
    return ConcordJob(
        remote=Remote(given["server"], {"Authorization": _api_key(given, policy)}),
        form=_form(given),
        interval_s=_seconds(given, "pollInterval", 5),
        timeout_s=_seconds(given, "pollTimeout", 30),
    )


def _form(given: Mapping[str, str]) -> dict[str, str]:
    named = {name: given[name] for name in ("org", "project", "repo")}
    arguments = {name: value for name, value in given.items() if name.startswith(_ARGUMENTS)}
    endpoint = {"entryPoint": given["entrypoint"], "arguments.endpoint": given["endpoint"]}
    return {**named, **endpoint, **arguments}


def _api_key(given: Mapping[str, str], policy: Policy) -> str:
    try:
        text = read_at_most(_key_file(given, policy), MIB).decode()
    except (InputFileError, UnicodeDecodeError):
        raise BadTaskError("`apiKeyPath` cannot be read", 500) from None
    key = text.strip()
    if not key.isprintable() or not key.isascii() or len(key) > _LONGEST_KEY:
        raise BadTaskError("`apiKeyPath` does not hold an API key", 500)
    return key


def _key_file(given: Mapping[str, str], policy: Policy) -> Path:
    try:
        return policy.check_file("apiKeyPath", given["apiKeyPath"])
    except BadTaskError:
        raise BadTaskError(f"`apiKeyPath` file doesn't exist {given['apiKeyPath']}", 500) from None


def _seconds(given: Mapping[str, str], name: str, default: int) -> float:
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) <= 9):
        raise BadTaskError(f"unable to convert `{name}` to int", 500)
    return int(text)


TASK = TaskType(
    name="concord",
    summary="A process on a Concord server that the caller waits for.",
    prepare=prepare,
    verdict=VerdictMode.NOW,
    shell=True,
    fields={
        "server": Field("base URL of Concord", required=True),
        "org": Field("organisation", required=True),
        "project": Field("project", required=True),
        "repo": Field("repository", required=True),
        "entrypoint": Field("flow to start", required=True),
        "apiKeyPath": Field("file that holds the API key", required=True),
        "endpoint": Field("becomes `arguments.endpoint`", required=True),
        "arguments.NAME": Field("a further argument"),
        "pollInterval": Field("seconds between polls, 5 if absent"),
        "pollTimeout": Field("seconds to wait in all, 30 if absent"),
    },
)
