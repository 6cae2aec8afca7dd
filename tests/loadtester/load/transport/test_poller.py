import asyncio
import select
import socket
from collections.abc import Callable
from functools import partial

import pytest

from loadtester.load.transport.poller import BATCH, Poller, Readable
from tests.loadtester.load.plans import interpreted_only

pytestmark = [pytest.mark.anyio, interpreted_only]


@pytest.fixture(params=[True, False], ids=["epoll", "loop"])
def has_epoll(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.delattr(select, "epoll", raising=False)
    return bool(request.param)


class Reading(Readable):
    def __init__(self, read: Callable[[], object]) -> None:
        self._read = read

    def readable(self) -> None:
        self._read()


async def _turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.usefixtures("has_epoll")
async def test_it_calls_while_there_is_something_to_read() -> None:
    near, far = socket.socketpair()
    poller, seen = Poller(), list[bytes]()
    try:
        poller.add(near.fileno(), Reading(lambda: seen.append(near.recv(1))))
        await _turns()
        assert seen == []
        far.send(b"ab")
        await _turns()
        assert seen == [b"a", b"b"]
        poller.remove(near.fileno())
        far.send(b"c")
        await _turns()
        assert seen == [b"a", b"b"]
    finally:
        poller.close()
        near.close()
        far.close()


@pytest.mark.usefixtures("has_epoll")
async def test_who_is_removed_by_another_s_callback_is_not_called() -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    poller, called = Poller(), list[int]()

    def only(number: int) -> None:
        called.append(number)
        for near, _ in pairs:
            poller.remove(near.fileno())

    try:
        for number, (near, far) in enumerate(pairs):
            poller.add(near.fileno(), Reading(partial(only, number)))
            far.send(b"x")
        await _turns()
        assert len(called) == 1
    finally:
        poller.close()
        for near, far in pairs:
            near.close()
            far.close()


async def test_more_than_a_batch_is_served_in_turns() -> None:
    pairs = [socket.socketpair() for _ in range(BATCH * 2 + 1)]
    poller, served = Poller(), set[int]()

    def serve(near: socket.socket) -> None:
        near.recv(1)
        served.add(near.fileno())

    try:
        for near, far in pairs:
            far.send(b"x")
            poller.add(near.fileno(), Reading(partial(serve, near)))
        await _turns(20)
        assert len(served) == len(pairs)
    finally:
        poller.close()
        poller.close()
        for near, far in pairs:
            near.close()
            far.close()


@pytest.mark.usefixtures("has_epoll")
@pytest.mark.parametrize("drains", [True, False])
async def test_the_end_of_a_stream_that_came_with_its_last_bytes_is_not_missed(
    drains: bool,
) -> None:
    """Whoever drains is told once of an arrival, but of the end until it was read."""
    near, far = socket.socketpair()
    poller, seen = Poller(), list[bytes]()

    def read() -> None:
        seen.append(near.recv(16))
        if not seen[-1]:
            poller.remove(near.fileno())

    try:
        poller.add(near.fileno(), Reading(read), drains=drains)
        far.send(b"the last bytes")
        far.close()
        await _turns()
        assert seen == [b"the last bytes", b""]
    finally:
        poller.close()
        near.close()


@pytest.mark.usefixtures("has_epoll")
async def test_whoever_drains_is_told_of_every_arrival() -> None:
    near, far = socket.socketpair()
    poller, seen = Poller(), list[bytes]()
    try:
        poller.add(near.fileno(), Reading(lambda: seen.append(near.recv(16))), drains=True)
        for number in range(5):
            far.send(b"%d" % number)
            await _turns()
        far.shutdown(socket.SHUT_WR)
        await _turns(2)
        assert seen[:5] == [b"0", b"1", b"2", b"3", b"4"]
        assert set(seen[5:]) == {b""}
    finally:
        poller.remove(near.fileno())
        poller.close()
        near.close()
        far.close()
