"""Type `http`: an acceptance test without a shell; the caller waits for it."""

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from commons.main import one_line
from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.gotypes import parse_bool
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks import jsonpath
from loadtester.webhooks.tasks import metadata as read
from loadtester.webhooks.tasks.base import (
    SHOWN_FAILURE,
    Field,
    Job,
    Outcome,
    RunContext,
    TaskType,
    VerdictMode,
)
from loadtester.webhooks.tasks.remote import read_body
from loadtester.webhooks.tasks.urls import check_http_url

_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
_SHOWN = 200
_LONGEST_PATH = 1000


@dataclass(frozen=True)
class Expectation:
    """What a response must be like; `complaint` says the first thing that is not so."""

    statuses: tuple[str, ...]
    contains: str | None
    path: jsonpath.Path | None
    equals: str | None

    def complaint(self, status: int, body: str) -> str:
        """Empty if all is well."""
        if not any(_matches(status, wanted) for wanted in self.statuses):
            return f"status {status}, wanted {' or '.join(self.statuses)}: {body[:_SHOWN]}"
        if self.contains is not None and self.contains not in body:
            return f"the body does not contain {self.contains!r}: {body[:_SHOWN]}"
        if self.path is not None:
            return self._complaint_about_json(body)
        return ""

    def _complaint_about_json(self, body: str) -> str:
        assert self.path is not None
        try:
            value = self.path.read(json.loads(body))
        except RecursionError:
            return f"{self.path}: the body is nested too deeply"
        except (ValueError, LookupError) as error:
            return f"{self.path}: {error}"
        said = value if isinstance(value, str) else json.dumps(value)
        if self.equals is not None and said != self.equals:
            return f"{self.path} is {said[:_SHOWN]}, wanted {self.equals}"
        return ""


@dataclass(frozen=True)
class HttpJob:
    """One request, tried until it is as expected or `retry_s` are over."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: str | None
    expected: Expectation
    retry_s: float
    interval_s: float
    attempt_s: float
    verify: bool
    places: int = 1

    @property
    def title(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def key(self) -> str:
        return repr((self.title, sorted(self.headers.items()), self.body, self.expected))

    async def run(self, context: RunContext) -> Outcome:
        async with httpx2.AsyncClient(verify=self.verify, timeout=self.attempt_s) as client:
            deadline = _now() + min(self.retry_s, context.timeout_s)
            for attempt in itertools.count(1):
                complaint, body = await self._attempt(client)
                if not complaint or _now() + self.interval_s >= deadline or context.terminated:
                    return self._outcome(complaint, body, attempt)
                await asyncio.sleep(self.interval_s)
        raise AssertionError("count() has no end")

    def _outcome(self, complaint: str, body: str, attempts: int) -> Outcome:
        output = body.encode("utf-8", "replace")
        if not complaint:
            return Outcome(True, output)
        tried = f" ({attempts} attempts)" if attempts > 1 else ""
        said = f"{self.title}: {complaint}{tried}"
        return Outcome(False, output, said, said.encode("utf-8", "replace"), (said,))

    async def _attempt(self, client: httpx2.AsyncClient) -> tuple[str, str]:
        try:
            async with asyncio.timeout(self.attempt_s):
                status, body = await self._response(client)
        except TimeoutError:
            return f"no response within {self.attempt_s:g}s", ""
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return f"{type(error).__name__}: {one_line(str(error))[:_SHOWN]}", ""
        return await asyncio.to_thread(self.expected.complaint, status, body), body

    async def _response(self, client: httpx2.AsyncClient) -> tuple[int, str]:
        # Whatever a response says of its encoding, it is not decoded: it may be a bomb.
        headers = {"Accept-Encoding": "identity", **self.headers}
        async with client.stream(
            self.method, self.url, headers=headers, content=self.body
        ) as response:
            return response.status_code, (await read_body(response)).decode("utf-8", "replace")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _matches(status: int, wanted: str) -> bool:
    text = str(status)
    return text == wanted or (wanted.endswith("xx") and text[0] == wanted[0])


def prepare(payload: Payload, policy: Policy) -> Job:
    """The job of a `http` task."""
    given = payload.metadata
    url = read.url(given)
    policy.check_target(*check_http_url(url, "url"))
    method = given.get("method", "GET")
    if not re.fullmatch(r"[A-Za-z]{1,20}", method):
        raise BadTaskError(f'method: "{method}" is not a HTTP method')
    return HttpJob(
        method=method.upper(),
        url=url,
        headers=read.headers(given),
        body=given.get("body"),
        expected=_expectation(given),
        retry_s=read.duration_s(given, "retryFor", 1e-9),
        interval_s=read.duration_s(given, "interval", 1.0),
        attempt_s=read.duration_s(given, "attemptTimeout", 10.0),
        verify=not parse_bool(given.get("insecure", "")),
    )


def _expectation(given: Mapping[str, str]) -> Expectation:
    statuses = tuple(read.lines(given, "status")) or ("200",)
    for text in statuses:
        if not _STATUS.fullmatch(text):
            raise BadTaskError(f'status: "{text}" is not a status such as 200 or 2xx')
    path, equals = given.get("jsonPath"), given.get("jsonEquals")
    if equals is not None and path is None:
        raise BadTaskError("jsonPath: required with jsonEquals")
    if path is not None and len(path) > _LONGEST_PATH:
        raise BadTaskError(f"jsonPath: longer than {_LONGEST_PATH} characters")
    try:
        parsed = jsonpath.Path.parse(path) if path is not None else None
    except ValueError as error:
        raise BadTaskError(f"jsonPath: {error}") from None
    return Expectation(statuses, given.get("bodyContains"), parsed, equals)


TASK = TaskType(
    name="http",
    summary="An acceptance test by HTTP, without a shell, that the caller waits for.",
    prepare=prepare,
    verdict=VerdictMode.NOW,
    shell=False,
    failure_status=SHOWN_FAILURE,
    fields={
        "url": Field("what to ask", required=True),
        "method": Field("HTTP method, `GET` if absent"),
        "header.NAME": Field("a header of the request"),
        "body": Field("body of the request"),
        "status": Field("expected status, `200` if absent; `200,204` or `2xx`"),
        "bodyContains": Field("text that the body must contain"),
        "jsonPath": Field("a value in the JSON body, `$.vendors[0]`; it must exist"),
        "jsonEquals": Field("what that value must be"),
        "retryFor": Field("try until this time is over, `30s`; once if absent"),
        "interval": Field("time between tries, `1s` if absent"),
        "attemptTimeout": Field("time for one try, `10s` if absent"),
        "insecure": Field("`true` does not verify the certificate"),
    },
)
