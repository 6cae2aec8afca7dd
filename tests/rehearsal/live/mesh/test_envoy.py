"""A real Envoy: what it was told is what it does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from rehearsal.errors import LiveWorldError
from rehearsal.live.mesh.envoy import Envoy, find_envoy
from rehearsal.live.mesh.topology import Destination, Rule, Service, Topology
from rehearsal.live.process_group import ProcessGroup
from rehearsal.metrics.meshes import read_envoy
from rehearsal.metrics.meshes.counts import STATISTICS

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


@asynccontextmanager
async def _answering(text: str) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).startswith(b"GET"):
            while (await reader.readline()).strip():
                pass
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n"
            writer.write((head + text).encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def _envoy() -> AsyncIterator[Envoy]:
    processes = ProcessGroup()
    try:
        envoy = Envoy(processes, find_envoy(), 0, 0.05)
        await envoy.start()
        yield envoy
        await envoy.close()
    finally:
        await processes.close()


def _apex(canary_weight: int) -> Service:
    weights = (("primary", 100 - canary_weight), ("canary", canary_weight))
    rule = Rule(tuple(Destination(name, weight) for name, weight in weights))
    return Service("detail", ("detail.flagger",), (rule,))


async def _ask(envoy: Envoy, times: int) -> Counter[str]:
    proxy = f"http://127.0.0.1:{envoy.port}"
    async with httpx2.AsyncClient(proxy=proxy, trust_env=False) as client:
        url = "http://detail.flagger:3000/"
        return Counter([(await client.get(url)).text for _ in range(times)])


async def test_weights_are_in_force_when_change_returns() -> None:
    async with _answering("old") as old, _answering("new") as new, _envoy() as envoy:

        def topology(_: Topology) -> Topology:
            return (
                Topology()
                .with_services([_apex(0)])
                .with_pod("pod-old", old)
                .with_pod("pod-new", new)
                .with_clusters({"primary": ("pod-old",), "canary": ("pod-new",)})
            )

        await envoy.change(topology)
        assert await _ask(envoy, 20) == {"old": 20}
        await envoy.change(lambda t: t.with_services([_apex(100)]))
        assert await _ask(envoy, 20) == {"new": 20}
        await envoy.change(lambda t: t.with_services([_apex(50)]))
        half = await _ask(envoy, 100)
        assert 15 < half["new"] < 85
        counts = read_envoy(await envoy.admin.prometheus(STATISTICS))
        assert counts["pod-old"].codes == {"200": 20 + half["old"]}
        assert counts["pod-new"].codes == {"200": 20 + half["new"]}
        assert counts["canary"].codes == {"200": 20 + half["new"]}


async def test_what_envoy_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.live.mesh.envoy._PATIENCE_S", 1.0)
    async with _envoy() as envoy:
        rules = (Rule((Destination("x", 100),)),)
        twice = [Service(name, ("same.host",), rules) for name in ("a", "b")]
        with pytest.raises(LiveWorldError, match=r"rds.*rds"):
            await envoy.change(lambda t: t.with_services(twice))
