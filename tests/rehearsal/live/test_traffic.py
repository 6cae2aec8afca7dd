import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.live import traffic as module
from rehearsal.live.proxy_client import NoResponseError, Response
from rehearsal.live.traffic import Traffic
from rehearsal.live.traffic_plan import PlannedRequest, TrafficPlan, TrafficSource, parse_traffic
from rehearsal.recording import Recording
from rehearsal.recording.records import TrafficRecord
from tests.rehearsal.live.fakes import SettableClock, until

pytestmark = pytest.mark.anyio


class Scene:
    """Traffic whose requests are answered by `respond`."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        rate: float = 500.0,
        plan: TrafficSource | None = None,
    ) -> None:
        self.respond: Any = lambda method, path: Response(200, {"x-served-by": "pod-a"})
        self.recording = Recording()
        self.clock = SettableClock()
        monkeypatch.setattr(module, "ProxyClient", lambda *_: self)
        monkeypatch.setattr(module, "_REPORT_PERIOD_S", 0.01)
        sides = {"pod-a": "primary", "pod-b": "canary"}
        self.traffic = Traffic(
            plan or TrafficPlan(rate, (("/x", 1),)),
            "http://shop.test:80",
            lambda: "http://127.0.0.1:1",
            lambda pod: sides[pod],
            self.clock,
            self.recording,
        )

    async def send(self, method: str, base_url: str, path: str) -> Response:
        """As of a ProxyClient."""
        assert base_url == "http://shop.test:80"
        response = self.respond(method, path)
        assert isinstance(response, Response)
        return response

    def close(self) -> None:
        """As of a ProxyClient."""

    async def let_answer(self, count: int) -> None:
        """Let at least so many requests be answered."""
        wanted = self.traffic.total.requests + count
        running = asyncio.create_task(self.traffic.run())
        try:
            await until(lambda: self.traffic.total.requests >= wanted)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        self.traffic.report()

    @property
    def records(self) -> list[TrafficRecord]:
        return self.recording.of_type(TrafficRecord)


async def test_nothing_is_sent_before_the_apex_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch)
    running = asyncio.create_task(scene.traffic.run())
    await asyncio.sleep(0.05)
    assert scene.traffic.total.requests == 0
    scene.traffic.open()
    await until(lambda: scene.traffic.total.requests > 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_sides_are_told_apart_by_the_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch)
    pods = iter(["pod-a", "pod-b"] * 1000)
    scene.respond = lambda method, path: Response(200, {"x-served-by": next(pods)})
    scene.traffic.open()
    scene.traffic.note_weight(50)
    await scene.let_answer(20)
    total = sum(record.requests for record in scene.records)
    assert total == scene.traffic.total.requests >= 20
    assert {record.weight for record in scene.records} == {50}
    sides = scene.traffic.total.sides
    assert abs(sides["primary"] - sides["canary"]) <= 1


@pytest.mark.parametrize(
    ("status", "headers", "side", "failed"),
    [
        (200, {"x-served-by": "pod-b"}, "canary", False),
        (404, {"x-served-by": "pod-a"}, "primary", False),
        (503, {"x-served-by": "pod-b"}, "canary", True),
        (503, {}, "failed", True),
        (200, {}, "unknown", False),
    ],
)
async def test_what_counts_as_failed(
    monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str], side: str, failed: bool
) -> None:
    scene = Scene(monkeypatch)
    scene.respond = lambda method, path: Response(status, headers)
    scene.traffic.open()
    await scene.let_answer(3)
    total = scene.traffic.total
    assert set(total.sides) == {side}
    assert total.failures == (total.requests if failed else 0)
    if failed:
        assert total.examples[0] == f"/x: status {status}"


async def test_no_response_is_a_failure_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch)

    def refuse(method: str, path: str) -> Response:
        raise NoResponseError("refused")

    scene.respond = refuse
    scene.traffic.open()
    await scene.let_answer(3)
    assert set(scene.traffic.total.sides) == {"failed"}
    assert "refused" in scene.traffic.total.examples[0]
    assert len(scene.traffic.total.examples) <= 20


async def test_requests_during_a_change_belong_to_no_weight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(monkeypatch)
    scene.traffic.open()
    scene.traffic.note_weight(5)

    def change(method: str, path: str) -> Response:
        scene.traffic.note_weight(10)
        return Response(200, {"x-served-by": "pod-a"})

    scene.respond = change
    await scene.let_answer(1)
    assert scene.records[0].weight is None
    assert {r.weight for r in scene.records} <= {None, 10}


async def test_nothing_is_sent_while_the_clock_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(monkeypatch)
    scene.clock.set_paused(True)
    scene.traffic.open()
    sending = asyncio.create_task(scene.traffic.run())
    await asyncio.sleep(0.05)
    assert scene.traffic.total.requests == 0
    scene.clock.set_paused(False)
    await until(lambda: scene.traffic.total.requests > 2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


class _Once:
    """Two requests at once, then none for an hour."""

    note, rate = "", 1.0

    def requests(self) -> Iterator[PlannedRequest]:
        yield PlannedRequest(0.0, "/a?x=1", "HEAD")
        yield PlannedRequest(0.0, "/b", "OPTIONS")
        while True:
            yield PlannedRequest(3600.0, "/never")


async def test_method_and_path_are_those_that_are_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch, plan=_Once())
    asked: list[tuple[str, str]] = []

    def answer(method: str, path: str) -> Response:
        asked.append((method, path))
        return Response(200, {"x-served-by": "pod-a"})

    scene.respond = answer
    scene.traffic.open()
    await scene.let_answer(2)
    assert asked == [("HEAD", "/a?x=1"), ("OPTIONS", "/b")]


COMBINED = '10.0.0.1 - - [01/Mar/2026:12:00:00 +0000] "{} HTTP/1.1" 200 6 "-" "an agent"'
COMMON = '10.0.0.1 - kim [01/Mar/2026:12:00:00 +0000] "{} HTTP/1.0" 200 6'
JSON = '{{"time_iso8601": "2026-03-01T12:00:00+00:00", "request": "{} HTTP/1.1"}}'


@pytest.mark.parametrize("form", [COMBINED, COMMON, JSON])
async def test_a_log_is_replayed_on_the_wire_as_it_was(tmp_path: Path, form: str) -> None:
    asked = ["GET /a%20b?x=%C3%A9&y=1", "HEAD /b", "OPTIONS /c", "POST /d", "GET /e"]
    log = tmp_path / "access.log"
    log.write_text("\n".join(form.format(one) for one in asked))
    seen: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(head.decode().split("\r\n")[0].replace("http://shop.test", ""))
                writer.write(b"HTTP/1.1 200 OK\r\nx-served-by: a\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    traffic = Traffic(
        parse_traffic(f"{log}@4x") or TrafficPlan(),
        "http://shop.test:80",
        lambda: f"http://127.0.0.1:{port}",
        lambda _: "primary",
        SettableClock(),
        Recording(),
    )
    traffic.open()
    running = asyncio.create_task(traffic.run())
    await until(lambda: traffic.total.requests >= 4)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()
    expected = [f"{one} HTTP/1.1" for one in asked if not one.startswith("POST")]
    assert sorted(seen[:4]) == sorted(expected)
    assert traffic.total.failures == 0
