"""Faults take effect: how several combine on one request.

Every matching fault has rolled its own dice. Those that struck act in four stages, the oldest
fault first within each:

1. Holding (delay, cpu, memory): all of them, one after the other; delays add up to the cap.
2. Severing (hang, reset, crash): the oldest; nothing follows.
3. Replacing (status, unready): the oldest answers instead of the service.
4. Shaping (corrupt, truncate, slow): all of them, on whichever answer there is: the shortest
   cut and the slowest pace win.

Faults that an earlier stage left nothing to do, or that ended while the request was held, do not
act and are not counted as hits.
"""

import asyncio
from collections.abc import Sequence

from detail_service.faults.answer import Answer
from detail_service.faults.board import Board, Strike
from detail_service.faults.exchange import App, Detached, Exchange, Message
from detail_service.faults.plan import Holding, Replacing, Severing, Shaping

TICK_S = 0.02


async def suffer(struck: Sequence[Strike], board: Board, exchange: Exchange, app: App) -> None:
    """Let the request suffer what struck it."""
    for strike in struck:
        if isinstance(strike.fault.plan, Holding) and not strike.fault.ended:
            exchange.owner = strike.fault.id
            board.count([strike])
            await strike.fault.plan.hold(strike.draws, exchange)
            if exchange.client_left:
                return
    struck = [strike for strike in struck if not strike.fault.ended]
    for strike in struck:
        if isinstance(strike.fault.plan, Severing):
            exchange.owner = strike.fault.id
            board.count([strike])
            await strike.fault.plan.sever(strike.draws, exchange)
            await _break_off(exchange)
            return
    await _answer(struck, board, exchange, app)


async def _answer(struck: Sequence[Strike], board: Board, exchange: Exchange, app: App) -> None:
    shaping = [strike for strike in struck if isinstance(strike.fault.plan, Shaping)]
    answer: Answer | None = None
    for strike in struck:
        if isinstance(strike.fault.plan, Replacing):
            answer = strike.fault.plan.answer()
            board.count([strike])
            break
    if answer is None and not shaping:
        await app(exchange.scope, exchange.receive, exchange.send)
        return
    answer = answer or await collect(app, exchange)
    board.count(shaping)
    for strike in shaping:
        if isinstance(strike.fault.plan, Shaping):
            answer = strike.fault.plan.shape(strike.draws, answer)
    await deliver(answer, exchange)


async def collect(app: App, exchange: Exchange) -> Answer:
    """The service's own answer, whole."""
    start: Message = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(exchange.scope, exchange.receive, keep)
    return Answer(start["status"], tuple(start.get("headers", ())), b"".join(parts))


async def deliver(answer: Answer, exchange: Exchange) -> None:
    """Send an answer as it was shaped."""
    headers = list(answer.headers)
    await exchange.send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    cut = answer.sent_bytes is not None and answer.sent_bytes < len(answer.body)
    body = answer.body[: answer.sent_bytes] if cut else answer.body
    if answer.bytes_per_s is not None:
        body = await _trickle(body, answer.bytes_per_s, exchange)
    if not cut:
        await exchange.send({"type": "http.response.body", "body": body})
        return
    if body:
        await exchange.send({"type": "http.response.body", "body": body, "more_body": True})
    exchange.connection.close()
    await _break_off(exchange)


async def _trickle(body: bytes, bytes_per_s: float, exchange: Exchange) -> bytes:
    """Send `body` at that pace until the delay cap is used up; what is left of it."""
    piece = max(1, int(bytes_per_s * TICK_S))
    while len(body) > piece and exchange.held_s < exchange.caps.delay_s:
        await exchange.send({"type": "http.response.body", "body": body[:piece], "more_body": True})
        body = body[piece:]
        if await exchange.wait(piece / bytes_per_s):
            return b""
    return body


async def _break_off(exchange: Exchange) -> None:
    """Wait until the server has noticed that the connection is gone."""
    exchange.broken_off = True
    while not isinstance(exchange.connection, Detached):
        try:
            message = await asyncio.wait_for(exchange.receive(), 1)
        except TimeoutError:
            return
        if message["type"] == "http.disconnect":
            return
