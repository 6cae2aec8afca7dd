"""The combination rule, on a connection that is no socket and a clock that does not run."""

import json

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from detail_service.faults import injection
from detail_service.faults.exchange import Exchange
from detail_service.faults.injection import apply
from detail_service.faults.kinds import FAULT
from detail_service.faults.limits import FaultLimits
from detail_service.faults.registry import FaultRegistry
from tests.detail_service.support import Clock, FakeConnection, Sent, scope

BODY = b'{"version":"2","vendors":["ABC.com","XYZ.com"]}'


class Request:
    """One request, served under some faults."""

    def __init__(
        self,
        *specs: dict[str, object],
        leaves_after_s: float = float("inf"),
        method: str = "GET",
    ) -> None:
        self.method = method
        self.faults = FaultRegistry(Clock(), FaultLimits(delay_s=10, memory_bytes=10**6))
        for spec in specs:
            self.faults.start(FAULT.validate_python(spec))
        self.sent = Sent()
        self.connection = FakeConnection(leaves_after_s)
        self.calls = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        headers = [(b"content-length", b"%d" % len(BODY))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY[:10], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[10:]})

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def run(self) -> "Request":
        asgi_scope = scope(method=self.method)
        injections = self.faults.select(asgi_scope)
        self.exchange = Exchange(
            asgi_scope,
            self.receive,
            self.sent,
            self.faults.limits,
            self.faults.memory,
            self.connection,
        )
        await apply(injections, self.exchange, self.app)
        return self

    @property
    def delivered(self) -> list[int]:
        return [fault.counts.delivered for fault in self.faults]

    @property
    def delivered_by_kind(self) -> dict[str, int]:
        return {
            kind: total.delivered for kind, total in self.faults.totals.items() if total.delivered
        }


def fixed(seconds: float) -> dict[str, object]:
    return {"kind": "delay", "distribution": "fixed", "delay": seconds}


@pytest.mark.anyio
async def test_delays_add_up_and_the_request_goes_on() -> None:
    request = await Request(fixed(1), fixed(2)).run()

    assert request.connection.waited == [1, 2]
    assert (request.sent.status, request.sent.body) == (200, BODY)
    assert request.delivered == [1, 1]


@pytest.mark.anyio
async def test_delays_together_end_at_the_cap() -> None:
    request = await Request(fixed(8), fixed(8)).run()

    assert request.connection.waited == [8, 2]


@pytest.mark.anyio
async def test_what_ends_while_the_request_is_held_does_not_act() -> None:
    request = Request(fixed(5), {"kind": "memory", "leak": 1000}, {"kind": "status"})

    async def reset_meanwhile(timeout_s: float) -> bool:
        request.faults.reset()
        return False

    request.connection.gone = reset_meanwhile  # type: ignore[method-assign]
    await request.run()

    assert (request.sent.status, request.faults.memory.held_bytes) == (200, 0)
    assert request.delivered_by_kind == {"delay": 1}


@pytest.mark.anyio
async def test_a_client_that_leaves_is_not_worked_for() -> None:
    request = await Request(fixed(5), {"kind": "status"}, leaves_after_s=1).run()

    assert request.exchange.client_left
    assert (request.calls, request.sent.messages, request.delivered) == (0, [], [1, 0])


@pytest.mark.anyio
async def test_aborting_beats_replacing_whichever_is_older() -> None:
    request = await Request({"kind": "status"}, {"kind": "reset"}).run()

    assert request.connection.ended == ["reset"]
    assert request.sent.messages == []
    assert request.delivered == [0, 1]
    assert request.exchange.broken_off


@pytest.mark.anyio
async def test_of_several_responses_the_oldest_wins() -> None:
    request = await Request(
        {"kind": "status", "status": 503}, {"kind": "status", "status": 429}
    ).run()

    assert (request.sent.status, request.delivered, request.calls) == (503, [1, 0], 0)


@pytest.mark.anyio
async def test_a_delay_comes_before_a_reset() -> None:
    request = await Request({"kind": "reset"}, fixed(3)).run()

    assert (request.connection.waited, request.connection.ended) == ([3], ["reset"])


@pytest.mark.anyio
async def test_a_hang_lasts_to_the_cap_and_then_closes() -> None:
    request = await Request({"kind": "hang"}).run()

    assert (request.connection.waited, request.connection.ended) == ([10], ["close"])


@pytest.mark.anyio
async def test_a_corrupt_response_keeps_its_length() -> None:
    request = await Request({"kind": "corrupt"}).run()

    assert len(request.sent.body) == len(BODY)
    with pytest.raises(ValueError):
        json.loads(request.sent.body)


@pytest.mark.anyio
async def test_a_truncated_response_promises_the_whole() -> None:
    request = await Request(
        {"kind": "truncate", "keep": 0.5}, {"kind": "truncate", "keep": 0.9}
    ).run()

    assert request.sent.headers[b"content-length"] == b"%d" % len(BODY)
    assert request.sent.body == BODY[: len(BODY) // 2]
    assert request.connection.ended == ["close"]
    assert request.exchange.broken_off


@pytest.mark.anyio
async def test_a_slow_body_takes_its_bytes_over_its_speed() -> None:
    request = await Request({"kind": "slow", "bytes_per_s": 10}).run()

    assert request.sent.body == BODY
    assert sum(request.connection.waited) == pytest.approx((len(BODY) - 1) / 10)


@pytest.mark.anyio
async def test_a_slow_body_hurries_once_the_cap_is_used_up() -> None:
    request = await Request({"kind": "slow", "bytes_per_s": 1}).run()

    assert sum(request.connection.waited) == pytest.approx(10)
    assert request.sent.body == BODY


@pytest.mark.anyio
async def test_shaping_works_on_a_replaced_response_too() -> None:
    request = await Request(
        {"kind": "truncate", "keep": 0.5},
        {"kind": "status", "status": 503, "body": "0123456789"},
        {"kind": "slow", "bytes_per_s": 100},
    ).run()

    assert (request.sent.status, request.sent.body) == (503, b"01234")
    assert request.delivered == [1, 1, 1]


@pytest.mark.anyio
async def test_leaks_are_kept_and_bounded() -> None:
    request = await Request(
        {"kind": "memory", "leak": 700_000}, {"kind": "memory", "leak": 700_000}
    ).run()

    assert request.faults.memory.held_bytes == 10**6
    assert request.sent.status == 200


@pytest.mark.anyio
async def test_a_response_without_a_body_is_not_cut() -> None:
    request = await Request({"kind": "status", "status": 204}, {"kind": "truncate"}).run()

    assert (request.sent.status, request.sent.body, request.connection.ended) == (204, b"", [])


NOTHING_TO_DO: list[tuple[list[dict[str, object]], list[int]]] = [
    ([{"kind": "status", "status": 204}, {"kind": "corrupt"}], [1, 0]),
    ([{"kind": "status", "status": 304}, {"kind": "slow"}, {"kind": "truncate"}], [1, 0, 0]),
    ([{"kind": "truncate", "keep": 0.1}, {"kind": "truncate", "keep": 0.9}], [1, 0]),
    ([{"kind": "slow", "bytes_per_s": 10}, {"kind": "slow", "bytes_per_s": 20}], [1, 0]),
    ([{"kind": "slow", "bytes_per_s": 1e9}], [0]),
    ([fixed(10), fixed(1), {"kind": "hang"}], [1, 0, 1]),
    ([{"kind": "cpu", "burn": 0}], [0]),
    ([{"kind": "memory", "leak": "1MiB"}, {"kind": "memory"}], [1, 0]),
    ([fixed(0)], [1]),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("specs", "delivered"), NOTHING_TO_DO)
async def test_only_a_fault_that_changed_something_was_delivered(
    specs: list[dict[str, object]], delivered: list[int]
) -> None:
    request = await Request(*specs).run()

    assert request.delivered == delivered
    assert [fault.counts.selected for fault in request.faults] == [1] * len(specs)


@pytest.mark.anyio
async def test_a_head_request_has_no_body_to_spoil() -> None:
    request = Request({"kind": "corrupt"}, {"kind": "truncate"}, {"kind": "slow"}, method="HEAD")
    await request.run()

    assert (request.sent.status, request.delivered) == (200, [0, 0, 0])
    assert request.connection.ended == []


@pytest.mark.anyio
async def test_an_application_that_does_not_respond_is_left_alone() -> None:
    request = Request({"kind": "corrupt"})

    async def silent(scope: Scope, receive: Receive, send: Send) -> None: ...

    request.app = silent  # type: ignore[method-assign]
    await request.run()

    assert (request.sent.messages, request.delivered) == ([], [0])


@pytest.mark.anyio
async def test_a_server_that_does_not_notice_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(injection, "BREAK_OFF_S", 0.01)
    request = Request({"kind": "reset"})
    received = []

    async def receive() -> Message:
        received.append(1)
        if len(received) > 1:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": b"", "more_body": False}

    request.receive = receive  # type: ignore[method-assign]
    await request.run()

    assert (request.exchange.broken_off, len(received)) == (True, 2)
