"""Against raw sockets: what a proxy may answer, and how connections are kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from rehearsal.live.proxy_client import NoResponseError, ProxyClient

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Served-By: pod-a\r\n\r\nok"
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Proxy:
    """A server whose `answer` is given each head and the connection."""

    def __init__(self, answer: Answer | bytes) -> None:
        self.answer = answer
        self.heads: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                if isinstance(self.answer, bytes):
                    writer.write(self.answer)
                else:
                    await self.answer(head, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def asked(
    answer: Answer | bytes, timeout_s: float = 10.0
) -> AsyncIterator[tuple[Proxy, ProxyClient]]:
    proxy = Proxy(answer)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    client = ProxyClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout_s)
    try:
        yield proxy, client
    finally:
        client.close()
        server.close()
        await asyncio.sleep(0)


async def test_requests_follow_each_other_on_one_connection() -> None:
    async with asked(OK) as (proxy, client):
        for _ in range(3):
            response = await client.send("GET", "http://shop.test:80", "/a b?x=ä#part")
            assert (response.status, response.headers["x-served-by"]) == (200, "pod-a")
        assert proxy.connections == 1
        assert proxy.heads[0].split(b"\r\n")[:2] == [
            b"GET http://shop.test/a%20b?x=%C3%A4 HTTP/1.1",
            b"Host: shop.test",
        ]


async def test_many_at_once_have_a_connection_each() -> None:
    async with asked(OK) as (proxy, client):
        await asyncio.gather(*(client.send("GET", "http://a:81", "/") for _ in range(20)))
        assert proxy.connections == 20
        assert proxy.heads[0].startswith(b"GET http://a:81/ HTTP/1.1\r\nHost: a:81\r\n")


WHOLE = [
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, 1),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, 1),
    (b"HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n", 503, 1),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 200, 2),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 2),
]


@pytest.mark.parametrize(("raw", "status", "connections"), WHOLE)
async def test_whole_responses(raw: bytes, status: int, connections: int) -> None:
    async with asked(raw) as (proxy, client):
        for _ in range(2):
            assert (await client.send("GET", "http://a", "/")).status == status
        assert proxy.connections == connections


async def test_a_response_may_end_with_its_connection() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nsome text")
        writer.close()

    async with asked(answer) as (_, client):
        assert (await client.send("GET", "http://a", "/")).status == 200


async def test_the_response_to_head_has_no_body() -> None:
    async with asked(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n") as (_, client):
        assert (await client.send("HEAD", "http://a", "/")).status == 200


async def test_a_kept_connection_that_ends_when_it_is_used_is_replaced() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        if len(proxy.heads) in (2, 5):
            writer.close()
        else:
            writer.write(OK)

    async with asked(answer) as (proxy, client):
        for _ in range(3):
            assert (await client.send("GET", "http://a", "/")).status == 200
        assert (proxy.connections, len(proxy.heads)) == (2, 4)
        with pytest.raises(NoResponseError, match="was closed"):
            await client.send("POST", "http://a", "/")
        assert len(proxy.heads) == 5


async def test_a_new_connection_that_ends_is_no_response() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with asked(answer) as (proxy, client):
        with pytest.raises(NoResponseError, match="was closed before the response's end"):
            await client.send("GET", "http://a", "/")
        assert proxy.connections == 1


async def test_an_end_of_the_idle_connection_is_no_failure() -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with asked(answer) as (proxy, client):
        for _ in range(3):
            assert (await client.send("GET", "http://a", "/")).status == 200
        assert proxy.connections == 3


BROKEN = [
    (b"SSH-2.0-x\r\n\r\n", "malformed"),
    (b"HTTP/1.1 200 OK\r\nX: " + b" " * 100_000, "more than 64 KiB"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "within 0.5 s"),
    (b"", "within 0.5 s"),
]


@pytest.mark.parametrize(("raw", "reason"), BROKEN)
async def test_what_is_no_whole_response_says_why(raw: bytes, reason: str) -> None:
    async with asked(raw, timeout_s=0.5) as (proxy, client):
        for _ in range(2):
            with pytest.raises(NoResponseError, match=reason):
                await client.send("GET", "http://a", "/")
        assert proxy.connections == 2


async def test_a_proxy_that_is_not_there_says_so() -> None:
    with pytest.raises(NoResponseError, match="refused"):
        await ProxyClient("http://127.0.0.1:1", 5.0).send("GET", "http://a", "/")
