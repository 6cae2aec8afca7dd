"""`/gate/*` and `/rollback/*`: doors that a person, or a test, opens and closes.

Source: Flagger's pkg/loadtester/server.go and gate.go.
"""

import logging

from starlette.requests import Request
from starlette.responses import Response

from loadtester.webhooks.gates import LONGEST_NAME, PREFIXES
from loadtester.webhooks.routes.responses import Handler, read_payload, respond
from loadtester.webhooks.service import Service

log = logging.getLogger("loadtester")


async def approve(_: Request) -> Response:
    """Always yes."""
    return respond(200, "OK")


async def halt(_: Request) -> Response:
    """Always no."""
    return respond(403, "Forbidden")


def check(service: Service, kind: str) -> Handler:
    """200 if the canary's gate is open, else 403."""

    async def handle(request: Request) -> Response:
        payload = await read_payload(request)
        is_open = await service.gates.ask(kind, payload.canary)
        said = "true" if is_open else "false"
        log.info(
            "%s check: approved %s", kind, said, extra={"canary": payload.canary[:LONGEST_NAME]}
        )
        return respond(200, "Approved") if is_open else respond(403, "Forbidden")

    return handle


def change(service: Service, kind: str, is_open: bool) -> Handler:
    """Open or close the canary's gate: 202 once that is durable."""

    async def handle(request: Request) -> Response:
        payload = await read_payload(request)
        await service.gates.change(PREFIXES[kind] + payload.canary, is_open)
        said = "opened" if is_open else "closed"
        log.info("%s %s", kind, said, extra={"canary": payload.canary[:LONGEST_NAME]})
        return respond(202)

    return handle


def handlers(service: Service) -> dict[str, Handler]:
    """All gate paths."""
    made: dict[str, Handler] = {"/gate/approve": approve, "/gate/halt": halt}
    for kind in PREFIXES:
        made[f"/{kind}/check"] = check(service, kind)
        made[f"/{kind}/open"] = change(service, kind, True)
        made[f"/{kind}/close"] = change(service, kind, False)
    return made
