"""Type ``ngrinder``: clone and start a test on an nGrinder controller, in the background.

Source: Flagger's pkg/loadtester/task_ngrinder.go.
"""

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commons.durations import parse_duration_s
from loadtester.webhooks.errors import BadTaskError, RemoteError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.base import Field, Job, Outcome, Scene, TaskType, VerdictMode
from loadtester.webhooks.tasks.remote import Remote, base_url

_OVER = {"FINISHED": True, "STOP_BY_ERROR": False, "CANCELED": False, "UNKNOWN": False}


@dataclass(frozen=True)
class NgrinderJob:
    """A clone of test ``clone`` on a controller, polled each ``interval_s``."""

    remote: Remote
    clone: int
    interval_s: float

    @property
    def title(self) -> str:
        return f"{self.remote.base_url} {self._path(self.clone, 'clone_and_start')}"

    @property
    def key(self) -> str:
        return str(self.clone)

    @staticmethod
    def _path(test: int, verb: str) -> str:
        return f"/perftest/api/{test}/{verb}"

    async def run(self, scene: Scene) -> Outcome:
        try:
            test = await self._start()
        except RemoteError as error:
            return Outcome(False, error=str(error))
        try:
            async with asyncio.timeout(scene.timeout_s):
                status = await self._follow(test)
        except TimeoutError:
            with contextlib.suppress(RemoteError):
                await self.remote.call("PUT", f"/perftest/api/{test}?action=stop")
            return Outcome(False, error=f"ngrinder test {test} stopped at its deadline")
        return Outcome(_OVER[status], error="" if _OVER[status] else f"ngrinder says {status}")

    async def _start(self) -> int:
        answer = _accepted(
            await self.remote.call("POST", self._path(self.clone, "clone_and_start"))
        )
        test = answer.get("id")
        if not isinstance(test, int | float) or isinstance(test, bool):
            raise RemoteError(f"ngrinder answered no test id: {answer}")
        return int(test)

    async def _follow(self, test: int) -> str:
        while True:
            await asyncio.sleep(self.interval_s)
            with contextlib.suppress(RemoteError):
                status = _status(await self.remote.call("GET", self._path(test, "status")))
                if status in _OVER:
                    return status


def _accepted(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("success") is False:
        raise RemoteError(f"ngrinder refused: {answer}")
    return answer


def _status(answer: Mapping[str, Any]) -> str:
    statuses = answer.get("status")
    first = statuses[0] if isinstance(statuses, list) and statuses else None
    return str(first.get("status_id")) if isinstance(first, dict) else ""


def plan(payload: Payload, policy: Policy) -> Job:
    given = payload.metadata
    server, clone, user, password = (
        given.get(name, "") for name in ("server", "clone", "username", "passwd")
    )
    if not (server and clone and user and password):
        raise BadTaskError("server, clone, username and passwd are required metadata")
    policy.check_target(base_url(server), "server")
    return NgrinderJob(
        Remote(base_url(server), auth=(user, _password(password))),
        _integer(clone),
        _interval_s(given.get("pollInterval", "")),
    )


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadTaskError(f'metadata clone must be integer: "{text}"') from None


def _password(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadTaskError(f"metadata password is invalid: {error}") from None


def _interval_s(text: str) -> float:
    try:
        return max(0.1, parse_duration_s(text))
    except ValueError:
        return 1.0


TASK = TaskType(
    name="ngrinder",
    summary="A test on an nGrinder controller, in the background.",
    plan=plan,
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
