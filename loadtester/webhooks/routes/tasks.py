"""Every other path takes a task, whatever the method.

The order of the checks is that of Flagger's `HandleNewTask` (pkg/loadtester/server.go).
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks.routes.responses import Handler, read_payload, respond
from loadtester.webhooks.runs.verdict import decide_later
from loadtester.webhooks.service import Service
from loadtester.webhooks.tasks.base import Outcome, VerdictMode
from loadtester.webhooks.tasks.request import TaskRequest, read_request


async def dispatch(service: Service, request: TaskRequest) -> Response:
    """Run it now, start it, or answer from its last run, as its verdict mode says."""
    match request.mode:
        case VerdictMode.NOW:
            return await _run_now(service, request)
        case VerdictMode.LATER:
            return await _answer_later(service, request)
        case VerdictMode.OFF:
            await service.start(request)
            return respond(202)


async def _run_now(service: Service, request: TaskRequest) -> Response:
    active = await service.start(request)
    outcome = await active.outcome()
    if outcome.interruption:
        text = request.redact(f"interrupted: {outcome.interruption}")
        return respond(503, text, Retry_After="5")
    if not outcome.ok:
        body = _failure_body(request, outcome).decode("utf-8", "replace")
        return respond(request.failure_status, request.redact(body))
    return respond(200, outcome.output if request.returns_output else b"")


def _failure_body(request: TaskRequest, outcome: Outcome) -> bytes:
    return outcome.body or f"{request.task.name} failed: {'; '.join(outcome.failed)}".encode()


async def _answer_later(service: Service, request: TaskRequest) -> Response:
    last = await service.last_run(request.key)
    checksum = request.payload.checksum
    decision = decide_later(last, checksum, request.failure_status, repeat=request.repeat)
    if decision.start:
        await service.start(request)
    if decision.report and last is not None:
        await service.recorder.report(last)
    return respond(decision.status, decision.body)


def handler(service: Service) -> Handler:
    """Takes a task."""

    async def handle(request: Request) -> Response:
        payload = await read_payload(request)
        allowed = service.settings.namespace_regexp
        if allowed is not None and not allowed.search(payload.namespace):
            return respond(403, "Forbidden")
        payload.check_lengths()
        # Off the event loop, which has gates to answer: metadata may take a while to understand.
        task = await asyncio.to_thread(read_request, payload, service.policy, service.defaults)
        return await dispatch(service, task)

    return handle
