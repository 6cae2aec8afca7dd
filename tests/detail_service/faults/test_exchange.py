import pytest

from detail_service.faults.exchange import Exchange, NotLent, connection_of
from detail_service.faults.limits import FaultLimits, MemoryBudget
from tests.detail_service.support import FakeConnection, Sent, nothing, scope


def exchange(connection: FakeConnection, delay_s: float = 60) -> Exchange:
    return Exchange(
        scope(), nothing, Sent(), FaultLimits(delay_s=delay_s), MemoryBudget(100), connection
    )


@pytest.mark.anyio
async def test_holds_add_up_to_the_limit_and_no_further() -> None:
    connection = FakeConnection()
    one = exchange(connection, delay_s=10)
    held = [await one.hold(seconds) for seconds in (4, 4, 4, 4, 0)]

    assert connection.waited == [4, 4, 2]
    assert held == [True, True, True, False, True]


@pytest.mark.anyio
async def test_a_client_that_leaves_ends_the_hold() -> None:
    one = exchange(FakeConnection(leaves_after_s=1))

    assert await one.hold(30)
    assert one.client_left


@pytest.mark.anyio
async def test_without_our_server_there_is_a_stand_in() -> None:
    connection = connection_of(scope())

    assert isinstance(connection, NotLent)
    assert not await connection.gone(0)
    lent = FakeConnection()
    assert connection_of({**scope(), "extensions": {"detail.connection": lent}}) is lent
