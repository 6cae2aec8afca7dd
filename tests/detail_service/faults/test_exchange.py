import pytest

from detail_service.faults.exchange import (
    Caps,
    Detached,
    Exchange,
    Hoard,
    connection_of,
)
from tests.detail_service.support import FakeConnection, Sent, nothing, scope


def exchange(connection: FakeConnection, delay_s: float = 60) -> Exchange:
    return Exchange(scope(), nothing, Sent(), Caps(delay_s=delay_s), Hoard(100), connection)


@pytest.mark.anyio
async def test_waits_add_up_to_the_cap_and_no_further() -> None:
    connection = FakeConnection()
    one = exchange(connection, delay_s=10)
    for seconds in (4, 4, 4, 4):
        assert not await one.wait(seconds)

    assert connection.waited == [4, 4, 2]


@pytest.mark.anyio
async def test_a_client_that_leaves_ends_the_wait() -> None:
    one = exchange(FakeConnection(leaves_after_s=1))

    assert await one.wait(30)
    assert one.client_left


def test_a_hoard_has_a_limit_and_gives_back() -> None:
    hoard = Hoard(100)

    assert [hoard.keep("f1", 60), hoard.keep("f2", 60), hoard.keep("f1", 1)] == [60, 40, 0]
    hoard.release("f1")
    assert hoard.held_bytes == 40
    hoard.release("unknown")
    hoard.release("f2")
    assert hoard.held_bytes == 0


@pytest.mark.anyio
async def test_without_our_server_there_is_a_stand_in() -> None:
    connection = connection_of(scope())

    assert isinstance(connection, Detached)
    assert not await connection.gone(0)
    lent = FakeConnection()
    assert connection_of({**scope(), "extensions": {"detail.connection": lent}}) is lent
