"""Type `ngrinder`: clone and start a test on an nGrinder controller, in the background.

Source: Flagger's pkg/loadtester/task_ngrinder.go.
"""

import asyncio
import base64
import binascii
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commons.durations import parse_duration_s
from loadtester.webhooks.errors import BadTaskError, RemoteError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, Outcome, RunContext, TaskType, VerdictMode
from loadtester.webhooks.tasks.remote import Remote, poll
from loadtester.webhooks.tasks.urls import check_http_url

_SHOWN = 200
_OVER = {"FINISHED": True, "STOP_BY_ERROR": False, "CANCELED": False, "UNKNOWN": False}


@dataclass(frozen=True)
class NgrinderJob:
    """A clone of test `clone` on a controller, polled each `interval_s`."""

    remote: Remote
    clone: int
    interval_s: float
    places: int = 1

    @property
    def title(self) -> str:
        return f"{self.remote.base_url} {self._path(self.clone, 'clone_and_start')}"

    @property
    def key(self) -> str:
        return str(self.clone)

    @staticmethod
    def _path(test: int, verb: str) -> str:
        return f"/perftest/api/{test}/{verb}"

    async def run(self, context: RunContext) -> Outcome:
        try:
            test = await self._start()
        except RemoteError as error:
            return Outcome(False, error=str(error))
        try:
            async with asyncio.timeout(context.timeout_s):
                status = await poll(lambda: self._ended(test), self.interval_s)
        except TimeoutError:
            await self._stop(test)
            return Outcome(False, error=f"ngrinder test {test} stopped at its deadline")
        except asyncio.CancelledError:
            await self._stop(test)
            raise
        return Outcome(_OVER[status], error="" if _OVER[status] else f"ngrinder says {status}")

    async def _start(self) -> int:
        answer = _accepted(
            await self.remote.call("POST", self._path(self.clone, "clone_and_start"))
        )
        test = answer.get("id")
        if isinstance(test, bool) or not isinstance(test, int | float) or not 0 <= test < 2**63:
            raise RemoteError(f"ngrinder answered no test id: {str(answer)[:_SHOWN]}")
        return int(test)

    async def _ended(self, test: int) -> str | None:
        """How a test ended; None while it runs, or while the controller does not say."""
        with contextlib.suppress(RemoteError):
            status = _status(await self.remote.call("GET", self._path(test, "status")))
            return status if status in _OVER else None
        return None

    async def _stop(self, test: int) -> None:
        with contextlib.suppress(RemoteError):
            await self.remote.call("PUT", f"/perftest/api/{test}?action=stop")


def _accepted(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("success") is False:
        raise RemoteError(f"ngrinder refused: {str(answer)[:_SHOWN]}")
    return answer


def _status(answer: Mapping[str, Any]) -> str:
    statuses = answer.get("status")
    first = statuses[0] if isinstance(statuses, list) and statuses else None
    return str(first.get("status_id")) if isinstance(first, dict) else ""


def prepare(payload: Payload, policy: Policy) -> Job:
    """The job of a `ngrinder` task."""
    given = payload.metadata
    server, clone, user, password = (
        given.get(name, "") for name in ("server", "clone", "username", "passwd")
    )
    if not (server and clone and user and password):
        raise BadTaskError("server, clone, username and passwd are required metadata")
    policy.check_target(*check_http_url(server, "invalid url"), "server")
    return NgrinderJob(
        Remote(server, auth=(user, _password(password))),
        _integer(clone),
        _interval_s(given.get("pollInterval", "")),
    )


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise BadTaskError(f'metadata clone must be integer: "{text[:100]}"')
    return int(text)


def _password(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadTaskError(f"metadata password is invalid: {error}") from None


def _interval_s(text: str) -> float:
    try:
        return max(0.1, parse_duration_s(text[:100]))
    except ValueError:
        return 1.0


TASK = TaskType(
    name="ngrinder",
    summary="A test on an nGrinder controller, in the background.",
    prepare=prepare,
    verdict=VerdictMode.OFF,
    shell=True,
    fields={
        "server": Field("base URL of the controller", required=True),
        "clone": Field("number of the test to clone", required=True),
        "username": Field("user", required=True),
        "passwd": Field("password, base64", required=True),
        "pollInterval": Field("time between polls, `1s` if absent"),
    },
)
