"""What becomes of a webhook call: accepted, tried again, or failed, and in which words.

Flagger calls through hashicorp/go-retryablehttp 0.7.8 with `RetryMax` from the webhook and its
defaults otherwise. `deliver` is that loop without a socket: a shell hands in one attempt, a sleep
and the time of day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.flagger.golang.url import UrlError, parse_url

ACCEPTED_UP_TO = 202
RETRY_WAIT_MIN_S = 1.0
RETRY_WAIT_MAX_S = 30.0

_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Answer:
    """An answer whose redirects were followed. `body_error` tells of a body that broke off."""

    status: int
    body: bytes = b""
    retry_after: str | None = None
    body_error: str | None = None


class TransportError(Exception):
    """No answer came. The text is the network's, e.g. `dial tcp 127.0.0.1:1: connect: …`.

    `final` marks what is not tried again: too many redirects, a bad scheme or header, an untrusted
    certificate. `url` is the one that failed, where a redirect led away from the webhook's.
    """

    def __init__(self, text: str, *, final: bool = False, url: str = "") -> None:
        super().__init__(text)
        self.final = final
        self.url = url


Attempt = Callable[[HookRequest], Answer]
Sleep = Callable[[float], None]
EpochSeconds = Callable[[], float]


def deliver(request: HookRequest, attempt: Attempt, sleep: Sleep, now: EpochSeconds) -> None:
    """Call until it is decided; raises HookFailed with Flagger's text."""
    attempt = _supported(request, attempt)
    tried = 0
    while True:
        tried += 1
        failure, wait_s, final = _try(request, attempt, tried, now)
        if failure is None:
            return
        if final or tried > request.retries:
            break
        sleep(wait_s)
    raise HookFailed(
        f"POST {redacted(request.url, 'xxxxx')} giving up after {tried} attempt(s){failure}"
    )


def _try(
    request: HookRequest, attempt: Attempt, tried: int, now: EpochSeconds
) -> tuple[str | None, float, bool]:
    """One attempt: what to say if it was the last, how long to wait if not, whether it must be."""
    try:
        answer = attempt(request)
    except TransportError as error:
        text = f': Post "{redacted(error.url or request.url, "***")}": {error}'
        return text, backoff_s(tried), error.final
    if is_retried(answer.status):
        return "", backoff_s(tried, answer, now()), False
    classify(answer)
    return None, 0.0, True


def is_retried(status: int) -> bool:
    """Whether a status counts as no answer at all: 429 and 5xx, but not 501."""
    return status in (0, 429) or (status >= 500 and status != 501)


def classify(answer: Answer) -> None:
    """Accept a final answer or raise HookFailed: above 202 the body is the reason, verbatim."""
    if answer.body_error is not None:
        raise HookFailed(f"error reading body: {answer.body_error}")
    if answer.status > ACCEPTED_UP_TO:
        raise HookFailed(answer.body.decode("utf-8", "replace"))


def backoff_s(tried: int, answer: Answer | None = None, epoch_s: float = 0.0) -> float:
    """Seconds before the next attempt: 1, 2, 4, … 30; or what a 429 or 503 asks for."""
    if answer is not None and answer.status in (429, 503) and answer.retry_after:
        asked_s = retry_after_s(answer.retry_after, epoch_s)
        if asked_s is not None:
            return asked_s
    return float(min(RETRY_WAIT_MIN_S * 2 ** (tried - 1), RETRY_WAIT_MAX_S))


def retry_after_s(header: str, epoch_s: float) -> float | None:
    """Seconds a Retry-After header asks for, as a number or a date; None if it is neither."""
    if _INTEGER.fullmatch(header):
        asked_s = float(header)
        return asked_s if asked_s >= 0 else None
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - epoch_s)
    except ValueError:
        return None


def redacted(url: str, mask: str) -> str:
    """The URL with its password, if any, masked."""
    try:
        return parse_url(url).redacted(mask)
    except UrlError:
        return url


def _supported(request: HookRequest, attempt: Attempt) -> Attempt:
    """The attempt, or one that fails as Go's client does with a URL it cannot call."""
    url = parse_url(request.url)
    if url.scheme not in ("http", "https"):
        failure = TransportError(f'unsupported protocol scheme "{url.scheme}"', final=True)
    elif not url.host:
        failure = TransportError("http: no Host in request URL")
    else:
        return attempt

    def fail(_: HookRequest) -> Answer:
        raise failure

    return fail
