"""Webhooks whose receivers are scripted by the name of the webhook."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest

HookAnswer = None | int | str | Answer | TransportError | HookFailed
"""None accepts, a number is a status, a text the body of a 400; HookFailed skips the delivery."""

ACCEPTED = Answer(200)


@dataclass
class Call:
    """One attempt to call a webhook."""

    hook: str
    request: HookRequest

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The body that was sent."""
        decoded: dict[str, Any] = json.loads(self.request.body)
        return decoded

    @property
    def phase(self) -> str:
        """The phase that the payload names."""
        return str(self.payload["phase"])


class SimulatedHooks:
    """The `Hooks` port: delivered and retried by Flagger's rules, with no time in between.

    Each webhook has a queue of answers, one per attempt, of which the last stays. Without any it
    accepts.
    """

    def __init__(self) -> None:
        self.answers: dict[str, deque[HookAnswer]] = {}
        self.calls: list[Call] = []

    def call(self, request: HookRequest) -> None:
        deliver(request, self._attempt, _no_sleep, _epoch)

    def answer(self, name: str, *answers: HookAnswer) -> None:
        """How a webhook's receiver answers from now on."""
        self.answers[name] = deque(answers)

    def phases(self, name: str) -> list[str]:
        """The phases that a webhook was called with."""
        return [call.phase for call in self.calls if call.hook == name]

    def _attempt(self, request: HookRequest) -> Answer:
        self.calls.append(Call(request.name, request))
        answers = self.answers.get(request.name)
        if not answers:
            return ACCEPTED
        return _answered(answers.popleft() if len(answers) > 1 else answers[0])


def _answered(answer: HookAnswer) -> Answer:
    if isinstance(answer, Exception):
        raise answer.with_traceback(None)
    if answer is None:
        return ACCEPTED
    if isinstance(answer, int):
        return Answer(answer)
    return Answer(400, answer.encode()) if isinstance(answer, str) else answer


def _no_sleep(duration_s: float) -> None:
    """A virtual clock needs no waiting between attempts."""


def _epoch() -> float:
    return 0.0
