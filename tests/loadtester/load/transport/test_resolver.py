import asyncio
import socket
from typing import Any

import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.transport.resolver import Resolver


class Names:
    """Stands in for the system's resolver, and counts."""

    def __init__(self, found: list[str] | OSError) -> None:
        self.asked = 0
        self.found = found

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.found, OSError):
            raise self.found
        return [(socket.AF_INET, 0, 0, "", (ip, port)) for ip in self.found]


async def with_names(names: Names) -> Resolver:
    loop = asyncio.get_running_loop()
    loop.getaddrinfo = names  # type: ignore[method-assign, assignment]
    return Resolver()


@pytest.mark.anyio
async def test_all_who_ask_at_once_share_one_lookup_and_take_turns() -> None:
    names = Names(["10.0.0.1", "10.0.0.2"])
    resolver = await with_names(names)
    responses = await asyncio.gather(*(resolver.addresses("detail", 80) for _ in range(10)))
    assert names.asked == 1
    firsts = [response[0][1][0] for response in responses]
    assert sorted(firsts) == ["10.0.0.1"] * 5 + ["10.0.0.2"] * 5
    assert {len(response) for response in responses} == {2}


@pytest.mark.anyio
async def test_after_a_while_it_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(["10.0.0.1"])
    resolver = await with_names(names)
    now = [0]
    monkeypatch.setattr("loadtester.load.transport.resolver.monotonic_ns", lambda: now[0])
    for at_s, asked in ((0, 1), (4, 1), (5, 2)):
        now[0] = at_s * 10**9
        await resolver.addresses("detail", 80)
        assert names.asked == asked


@pytest.mark.anyio
async def test_a_name_without_an_address_is_a_failure_of_its_class() -> None:
    resolver = await with_names(Names(socket.gaierror(-2, "Name or service not known")))
    with pytest.raises(RequestFailed) as failed:
        await resolver.addresses("nowhere", 80)
    assert failed.value.error_class is ErrorClass.DNS


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", (socket.AF_INET, ("127.0.0.1", 80))),
        ("::1", (socket.AF_INET6, ("::1", 80, 0, 0))),
    ],
)
async def test_an_address_needs_no_resolver(host: str, address: object) -> None:
    names = Names([])
    resolver = await with_names(names)
    assert await resolver.addresses(host, 80) == [address]
    assert names.asked == 0
