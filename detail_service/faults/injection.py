"""Faults take effect: how several combine on one request.

Every matching fault has rolled its own dice. Those that were selected act in four phases, the
oldest fault first within each:

1. Delaying (delay, cpu, memory): all of them, one after the other, up to the limits.
2. Aborting (hang, reset, crash): the oldest; nothing follows.
3. Replacing (status, unready): the oldest responds instead of the service.
4. Shaping (corrupt, truncate, slow): all of them, on whichever response there is: the shortest
   cut and the slowest pace win.

A fault counts as delivered when it changed something for this request. One that an earlier phase
or a limit left nothing to do, or that ended while the request was delayed, does not.
"""

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message

from detail_service.faults.exchange import Exchange, NotLent
from detail_service.faults.registry import Injection
from detail_service.faults.response import TICK_S, RawResponse, piece_bytes
from detail_service.faults.spec import Aborting, Delaying, Replacing, Shaping

BREAK_OFF_S = 1.0


async def apply(injections: Sequence[Injection], exchange: Exchange, app: ASGIApp) -> None:
    """Serve the request under the faults that hit it."""
    await _delay(injections, exchange)
    if exchange.client_left:
        return
    lasting = [injection for injection in injections if not injection.fault.ended]
    for injection in lasting:
        spec = injection.fault.spec
        if isinstance(spec, Aborting):
            exchange.owner = injection.fault.id
            injection.delivered()
            await spec.abort(injection.draws, exchange)
            await _break_off(exchange)
            return
    await _respond(lasting, exchange, app)


async def _delay(injections: Sequence[Injection], exchange: Exchange) -> None:
    for injection in injections:
        spec = injection.fault.spec
        if isinstance(spec, Delaying) and not injection.fault.ended:
            exchange.owner = injection.fault.id
            if await spec.hold(injection.draws, exchange):
                injection.delivered()
            if exchange.client_left:
                return


async def _respond(injections: Sequence[Injection], exchange: Exchange, app: ASGIApp) -> None:
    response = _replacement(injections)
    shaping = [one for one in injections if isinstance(one.fault.spec, Shaping)]
    if response is None and not shaping:
        await app(exchange.scope, exchange.receive, exchange.send)
        return
    response = response or await _collect(app, exchange)
    if response is None:
        return
    if exchange.scope["method"] != "HEAD":
        response = _shape(shaping, response)
    await _deliver(response, exchange)


def _replacement(injections: Sequence[Injection]) -> RawResponse | None:
    for injection in injections:
        if isinstance(injection.fault.spec, Replacing):
            injection.delivered()
            return injection.fault.spec.response()
    return None


def _shape(injections: Sequence[Injection], response: RawResponse) -> RawResponse:
    for injection in injections:
        assert isinstance(injection.fault.spec, Shaping)
        shaped = injection.fault.spec.shape(injection.draws, response)
        if shaped != response:
            injection.delivered()
        response = shaped
    return response


async def _collect(app: ASGIApp, exchange: Exchange) -> RawResponse | None:
    """The service's own response, whole; None when it made none."""
    start: Message = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(exchange.scope, exchange.receive, keep)
    if not start:
        return None
    return RawResponse(start["status"], tuple(start.get("headers", ())), b"".join(parts))


async def _deliver(response: RawResponse, exchange: Exchange) -> None:
    """Send a response as it was shaped."""
    headers = list(response.headers)
    await exchange.send(
        {"type": "http.response.start", "status": response.status, "headers": headers}
    )
    cut = response.sent_bytes < len(response.body)
    body = response.body[: int(response.sent_bytes)] if cut else response.body
    body = await _trickle(body, response.bytes_per_s, exchange)
    if not cut:
        await exchange.send({"type": "http.response.body", "body": body})
        return
    if body:
        await exchange.send({"type": "http.response.body", "body": body, "more_body": True})
    exchange.connection.close()
    await _break_off(exchange)


async def _trickle(body: bytes, bytes_per_s: float, exchange: Exchange) -> bytes:
    """Send `body` at that pace until the delay limit is used up; what is left of it."""
    if bytes_per_s >= len(body) / TICK_S:
        return body
    piece = piece_bytes(bytes_per_s)
    while len(body) > piece and exchange.held_s < exchange.limits.delay_s:
        await exchange.send({"type": "http.response.body", "body": body[:piece], "more_body": True})
        body = body[piece:]
        await exchange.hold(piece / bytes_per_s)
        if exchange.client_left:
            return b""
    return body


async def _break_off(exchange: Exchange) -> None:
    """Wait until the server has noticed that the connection is gone."""
    exchange.broken_off = True
    while not isinstance(exchange.connection, NotLent):
        try:
            message = await asyncio.wait_for(exchange.receive(), BREAK_OFF_S)
        except TimeoutError:
            return
        if message["type"] == "http.disconnect":
            return
