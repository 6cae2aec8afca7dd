import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from rehearsal.applications.pod import Probe
from rehearsal.live.workloads.probing import Prober, answers_grpc, answers_tcp

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def _server(respond: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        writer.write(respond(head))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def _prober(port: int | None, exit_zero: bool = True) -> AsyncIterator[Prober]:
    async def run(command: tuple[str, ...], timeout_s: float) -> bool:
        assert timeout_s == 0.5
        return exit_zero and command == ("true",)

    prober = Prober(lambda _: port, run, 0.5)
    try:
        yield prober
    finally:
        await prober.close()


def _status(code: int) -> bytes:
    return f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "healthy"), [(200, True), (204, True), (399, True), (404, False), (503, False)]
)
async def test_http_is_healthy_from_200_to_399(status: int, healthy: bool) -> None:
    heads: list[bytes] = []

    def respond(head: bytes) -> bytes:
        heads.append(head)
        return _status(status)

    async with _server(respond) as port, _prober(port) as prober:
        probe = Probe("http", "healthz?x=1", headers=(("X-A", "b"),), timeout_s=0.5)
        assert await prober.ask(probe) is healthy
    assert heads[0].startswith(b"GET /healthz?x=1 HTTP/1.1\r\n")
    assert b"X-A: b" in heads[0]
    assert b"kube-probe" in heads[0]


async def test_what_does_not_answer_in_time_is_unhealthy() -> None:
    async with _server(lambda head: b"") as port, _prober(port) as prober:
        assert not await prober.ask(Probe("http", timeout_s=0.1))
    async with _prober(1) as prober:
        assert not await prober.ask(Probe("http", timeout_s=0.1))
        assert not await prober.ask(Probe("tcp", timeout_s=0.1))
        assert not await prober.ask(Probe("grpc", timeout_s=0.1))


async def test_a_port_that_nobody_knows_is_unhealthy() -> None:
    async with _prober(None) as prober:
        for kind in ("http", "tcp", "grpc"):
            assert not await prober.ask(Probe(kind))


async def test_tcp_is_healthy_when_it_connects() -> None:
    async with _server(_status_of_head) as port:
        assert await answers_tcp(port, 0.5)


def _status_of_head(head: bytes) -> bytes:
    return _status(200)


async def test_a_command_is_healthy_with_exit_code_0() -> None:
    async with _prober(1) as prober:
        assert await prober.ask(Probe("exec", command=("true",), timeout_s=0.5))
        assert not await prober.ask(Probe("exec", command=("false",), timeout_s=0.5))


async def test_grpc_needs_a_server_of_grpc() -> None:
    async with _server(_status_of_head) as port:
        assert not await answers_grpc(port, "x", 0.5)
