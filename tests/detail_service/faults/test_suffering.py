"""The combination rule, on a connection that is no socket and a clock that does not run."""

import json

import pytest

from detail_service.faults.board import Board
from detail_service.faults.exchange import Caps, Exchange, Message, Receive, Scope, Send
from detail_service.faults.kinds import FAULT
from detail_service.faults.suffering import suffer
from tests.detail_service.support import Clock, FakeConnection, Sent, scope

BODY = b'{"version":"2","vendors":["ABC.com","XYZ.com"]}'


class Play:
    """One request, played through some faults."""

    def __init__(self, *plans: dict[str, object], leaves_after_s: float = float("inf")) -> None:
        self.board = Board(Clock(), Caps(delay_s=10, memory_bytes=10**6))
        for plan in plans:
            self.board.add(FAULT.validate_python(plan))
        self.sent = Sent()
        self.connection = FakeConnection(leaves_after_s)
        self.asked = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"content-length", b"%d" % len(BODY))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY[:10], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[10:]})

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def run(self) -> "Play":
        request = scope()
        struck = self.board.strikes(request)
        self.exchange = Exchange(
            request, self.receive, self.sent, self.board.caps, self.board.hoard, self.connection
        )
        await suffer(struck, self.board, self.exchange, self.app)
        return self

    @property
    def hits(self) -> list[int]:
        return [fault.hits for fault in self.board]


def fixed(seconds: float) -> dict[str, object]:
    return {"kind": "delay", "distribution": "fixed", "delay": seconds}


@pytest.mark.anyio
async def test_delays_add_up_and_the_request_goes_on() -> None:
    play = await Play(fixed(1), fixed(2)).run()

    assert play.connection.waited == [1, 2]
    assert (play.sent.status, play.sent.body) == (200, BODY)
    assert play.hits == [1, 1]


@pytest.mark.anyio
async def test_delays_together_end_at_the_cap() -> None:
    play = await Play(fixed(8), fixed(8)).run()

    assert play.connection.waited == [8, 2]


@pytest.mark.anyio
async def test_what_ends_while_the_request_is_held_does_not_act() -> None:
    play = Play(fixed(5), {"kind": "memory", "leak": 1000}, {"kind": "status"})

    async def reset_meanwhile(timeout_s: float) -> bool:
        play.board.clear()
        return False

    play.connection.gone = reset_meanwhile  # type: ignore[method-assign]
    await play.run()

    assert (play.sent.status, play.board.hoard.held_bytes) == (200, 0)
    assert play.board.injected == {"delay": 1}


@pytest.mark.anyio
async def test_a_client_that_leaves_is_not_worked_for() -> None:
    play = await Play(fixed(5), {"kind": "status"}, leaves_after_s=1).run()

    assert play.exchange.client_left
    assert (play.asked, play.sent.messages, play.hits) == (0, [], [1, 0])


@pytest.mark.anyio
async def test_severing_beats_replacing_whichever_is_older() -> None:
    play = await Play({"kind": "status"}, {"kind": "reset"}).run()

    assert play.connection.ended == ["reset"]
    assert play.sent.messages == []
    assert play.hits == [0, 1]
    assert play.exchange.broken_off


@pytest.mark.anyio
async def test_of_several_answers_the_oldest_wins() -> None:
    play = await Play({"kind": "status", "status": 503}, {"kind": "status", "status": 429}).run()

    assert (play.sent.status, play.hits, play.asked) == (503, [1, 0], 0)


@pytest.mark.anyio
async def test_a_delay_comes_before_a_reset() -> None:
    play = await Play({"kind": "reset"}, fixed(3)).run()

    assert (play.connection.waited, play.connection.ended) == ([3], ["reset"])


@pytest.mark.anyio
async def test_a_hang_lasts_to_the_cap_and_then_closes() -> None:
    play = await Play({"kind": "hang"}).run()

    assert (play.connection.waited, play.connection.ended) == ([10], ["close"])


@pytest.mark.anyio
async def test_a_corrupt_answer_keeps_its_length() -> None:
    play = await Play({"kind": "corrupt"}).run()

    assert len(play.sent.body) == len(BODY)
    with pytest.raises(ValueError):
        json.loads(play.sent.body)


@pytest.mark.anyio
async def test_a_truncated_answer_promises_the_whole() -> None:
    play = await Play({"kind": "truncate", "keep": 0.5}, {"kind": "truncate", "keep": 0.9}).run()

    assert play.sent.headers[b"content-length"] == b"%d" % len(BODY)
    assert play.sent.body == BODY[: len(BODY) // 2]
    assert play.connection.ended == ["close"]
    assert play.exchange.broken_off


@pytest.mark.anyio
async def test_a_slow_body_takes_its_bytes_over_its_speed() -> None:
    play = await Play({"kind": "slow", "bytes_per_s": 10}).run()

    assert play.sent.body == BODY
    assert sum(play.connection.waited) == pytest.approx((len(BODY) - 1) / 10)


@pytest.mark.anyio
async def test_a_slow_body_hurries_once_the_cap_is_used_up() -> None:
    play = await Play({"kind": "slow", "bytes_per_s": 1}).run()

    assert sum(play.connection.waited) == pytest.approx(10)
    assert play.sent.body == BODY


@pytest.mark.anyio
async def test_shaping_works_on_a_replaced_answer_too() -> None:
    play = await Play(
        {"kind": "truncate", "keep": 0.5},
        {"kind": "status", "status": 503, "body": "0123456789"},
        {"kind": "slow", "bytes_per_s": 100},
    ).run()

    assert (play.sent.status, play.sent.body) == (503, b"01234")
    assert play.hits == [1, 1, 1]


@pytest.mark.anyio
async def test_leaks_are_kept_and_bounded() -> None:
    play = await Play(
        {"kind": "memory", "leak": 700_000}, {"kind": "memory", "leak": 700_000}
    ).run()

    assert play.board.hoard.held_bytes == 10**6
    assert play.sent.status == 200


@pytest.mark.anyio
async def test_an_answer_without_a_body_is_not_cut() -> None:
    play = await Play({"kind": "status", "status": 204}, {"kind": "truncate"}).run()

    assert (play.sent.status, play.sent.body, play.connection.ended) == (204, b"", [])
