"""Which answers are accepted, which are tried again, and how failures read."""

import pytest

from rehearsal.flagger.controller.delivery import (
    Answer,
    TransportError,
    deliver,
    redacted,
    retry_after_s,
)
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest

URL = "http://flagger-loadtester.flagger/"
GAVE_UP = f"POST {URL} giving up after"


class Wire:
    """A wire on which attempts have scripted outcomes."""

    def __init__(self, *outcomes: Answer | TransportError) -> None:
        self._outcomes = iter(outcomes)
        self.slept_s: list[float] = []

    def attempt(self, request: HookRequest) -> Answer:
        outcome = next(self._outcomes)
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    def deliver(self, retries: int = 0, url: str = URL) -> None:
        request = HookRequest(url, b"{}", 10.0, retries)
        deliver(request, self.attempt, self.slept_s.append, lambda: 1_000_000_000.0)

    def failure(self, retries: int = 0, url: str = URL) -> str:
        with pytest.raises(HookFailed) as caught:
            self.deliver(retries, url)
        return str(caught.value)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_accepted(status: int) -> None:
    Wire(Answer(status, b"anything")).deliver()


@pytest.mark.parametrize("status", [203, 204, 206, 301, 400, 403, 404, 418, 501])
@pytest.mark.parametrize("body", [b"metadata not found in payload", b""])
def test_the_body_is_the_reason(status: int, body: bytes) -> None:
    assert Wire(Answer(status, body)).failure(retries=3) == body.decode()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_a_body_is_discarded_with_a_server_error(status: int) -> None:
    assert Wire(Answer(status, b"the output")).failure() == f"{GAVE_UP} 1 attempt(s)"


def test_retries_wait_longer_each_time() -> None:
    wire = Wire(*[Answer(500)] * 8)
    assert wire.failure(retries=7) == f"{GAVE_UP} 8 attempt(s)"
    assert wire.slept_s == [1, 2, 4, 8, 16, 30, 30]


def test_a_retry_that_succeeds_is_silent() -> None:
    wire = Wire(Answer(500), Answer(200))
    wire.deliver(retries=1)
    assert wire.slept_s == [1]


@pytest.mark.parametrize(
    ("status", "header", "waited_s"),
    [
        (503, "7", 7),
        (429, "0", 0),
        (503, "-1", 1),
        (503, "soon", 1),
        (500, "7", 1),
        (503, "Sun, 09 Sep 2001 01:46:50 GMT", 10),
        (503, "Sun, 09 Sep 2001 01:46:30 GMT", 0),
    ],
)
def test_retry_after(status: int, header: str, waited_s: float) -> None:
    wire = Wire(Answer(status, retry_after=header), Answer(200))
    wire.deliver(retries=1)
    assert wire.slept_s == [waited_s]


def test_transport_errors_are_tried_again_and_named() -> None:
    refused = "dial tcp 127.0.0.1:1: connect: connection refused"
    wire = Wire(TransportError(refused), TransportError(refused))
    assert wire.failure(retries=1) == f'{GAVE_UP} 2 attempt(s): Post "{URL}": {refused}'


def test_some_transport_errors_are_final() -> None:
    wire = Wire(TransportError("stopped after 10 redirects", final=True))
    text = f'{GAVE_UP} 1 attempt(s): Post "{URL}": stopped after 10 redirects'
    assert wire.failure(retries=5) == text
    assert wire.slept_s == []


def test_a_body_that_breaks_off() -> None:
    answer = Answer(200, body_error="unexpected EOF")
    assert Wire(answer).failure() == "error reading body: unexpected EOF"


def test_passwords_are_masked() -> None:
    text = Wire(TransportError("EOF")).failure(url="http://me:secret@h/x")
    assert text == (
        'POST http://me:xxxxx@h/x giving up after 1 attempt(s): Post "http://me:***@h/x": EOF'
    )
    assert redacted("http://me@h/x", "***") == "http://me@h/x"


def test_retry_after_that_is_neither_number_nor_date() -> None:
    assert retry_after_s("in a while", 0) is None
