"""Every other path takes a task, whatever the method.

The order of the checks is that of Flagger's ``HandleNewTask`` (pkg/loadtester/server.go).
"""

import logging
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadtester.webhooks import verdict
from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.gotypes import parse_bool
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.routes.any_method import Handler, answer, route
from loadtester.webhooks.runner import run_key
from loadtester.webhooks.service import Service
from loadtester.webhooks.settings import failure_status
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.base import SHOWN_FAILURE, Job, Outcome, TaskType, VerdictMode

log = logging.getLogger("loadtester")


@dataclass(frozen=True)
class Order:
    """A task as called for: what to run, and how its verdict is to be told."""

    task: TaskType
    job: Job
    payload: Payload
    mode: VerdictMode
    failure_status: int
    repeat: bool


def read_order(service: Service, payload: Payload) -> Order:
    """Understand the metadata; BadTaskError or RefusedError say what is the matter."""
    if not payload.metadata:
        raise BadTaskError("metadata not found in payload")
    name = payload.metadata.get("type", "cmd")
    task = TYPES.get(name)
    if task is None:
        raise BadTaskError(f"unknown task type {name}")
    if task.shell and service.policy.no_shell:
        raise RefusedError(f"type {name} is switched off here (--no-shell)")
    mode = _mode(service, task, payload)
    return Order(
        task=task,
        job=task.plan(payload, service.policy),
        payload=payload,
        mode=mode,
        failure_status=_failure_status(service, task, payload, mode),
        repeat=_repeat(payload),
    )


def _mode(service: Service, task: TaskType, payload: Payload) -> VerdictMode:
    text = payload.metadata.get("verdict")
    if text is None:
        in_background = task.verdict is not VerdictMode.NOW
        return VerdictMode((in_background and service.settings.verdict) or task.verdict)
    try:
        return VerdictMode(text)
    except ValueError:
        raise BadTaskError(f'verdict: "{text}" is not one of off, later, now') from None


def _failure_status(service: Service, task: TaskType, payload: Payload, mode: VerdictMode) -> int:
    text = payload.metadata.get("onFailure")
    if text is None:
        own = SHOWN_FAILURE if mode is VerdictMode.LATER else task.failure_status
        return service.settings.on_failure or own
    try:
        return failure_status(text)
    except ValueError as error:
        raise BadTaskError(f"onFailure: {error}") from None


def _repeat(payload: Payload) -> bool:
    text = payload.metadata.get("repeat", "true")
    if text not in ("true", "false"):
        raise BadTaskError(f'repeat: "{text}" is not true or false')
    return text == "true"


async def place(service: Service, order: Order) -> Response:
    """Run it now, start it, or answer from its last run, as its verdict mode says."""
    match order.mode:
        case VerdictMode.NOW:
            return await _now(service, order)
        case VerdictMode.LATER:
            return await _later(service, order)
        case VerdictMode.OFF:
            await service.runner.start(order.task, order.job, order.payload, waited_for=False)
            return answer(202)


async def _now(service: Service, order: Order) -> Response:
    active = await service.runner.start(order.task, order.job, order.payload, waited_for=True)
    outcome = await active.outcome()
    if not outcome.ok:
        return answer(order.failure_status, _failure_body(order, outcome))
    wanted = parse_bool(order.payload.metadata.get("returnCmdOutput", ""))
    return answer(200, outcome.output if wanted else b"")


def _failure_body(order: Order, outcome: Outcome) -> bytes:
    return outcome.body or f"{order.task.name} failed: {'; '.join(outcome.failed)}".encode()


async def _later(service: Service, order: Order) -> Response:
    key = run_key(order.task, order.job, order.payload, waited_for=False)
    active = service.runner.find(key)
    last = active.run if active else await service.store.latest(key)
    decision = verdict.later(last, order.payload.checksum, order.failure_status, order.repeat)
    if decision.start:
        await service.runner.start(order.task, order.job, order.payload, waited_for=False)
    return answer(decision.status, decision.body)


def handler(service: Service) -> Handler:
    """Takes a task."""

    async def handle(request: Request) -> Response:
        payload = Payload.decode(await request.body())
        allowed = service.settings.namespace_regexp
        if allowed is not None and not allowed.search(payload.namespace):
            return answer(403, "Forbidden")
        return await place(service, read_order(service, payload))

    return handle


def routes(service: Service) -> list[Route]:
    """The catch-all, to be added after every other route."""
    return [route("/{path:path}", handler(service))]
