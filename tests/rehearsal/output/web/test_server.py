"""The page over HTTP, beside a simulated world."""

import asyncio
import secrets
import socket
import time
from typing import Any

import httpx2
import pytest

from rehearsal.output.web import server as module
from rehearsal.recording.records import NoteRecord, StepRecord
from tests.rehearsal.output.web.serving import Served, client, served
from xray_local.spans import Span

pytestmark = pytest.mark.anyio


def _ours(page: Served) -> dict[str, str]:
    return {"origin": page.origin, "content-type": "application/json"}


async def test_the_address_opens_the_page_and_leaves_a_cookie() -> None:
    async with served() as page, httpx2.AsyncClient(trust_env=False) as stranger:
        refused = await stranger.get(page.origin)
        assert refused.status_code == 403
        assert "token" in refused.text
        opened = await stranger.get(page.address)
        assert opened.status_code == 200
        assert "script-src 'self'" in opened.headers["content-security-policy"]
        assert "HttpOnly" in opened.headers["set-cookie"]
        for name in ("x-content-type-options", "referrer-policy", "cache-control"):
            assert name in opened.headers
        assert "server" not in opened.headers
        stranger.headers["cookie"] = opened.headers["set-cookie"].partition(";")[0]
        assert (await stranger.get(f"{page.origin}/page/page.js")).status_code == 200
        assert (await stranger.get(f"{page.origin}/page/../page.py")).status_code == 404
        assert (await stranger.get(f"{page.origin}/nowhere")).status_code == 404


async def test_a_token_counts_in_the_page_s_address_alone() -> None:
    async with served() as page, httpx2.AsyncClient(trust_env=False) as stranger:
        url = page.address.replace("/?", "/events?")
        assert (await stranger.get(url)).status_code == 403


async def test_commands_are_done_or_refused_in_one_line() -> None:
    async with served() as page, client(page, **_ours(page)) as ours:
        done = await ours.post("/commands", content='{"do": {"pause": true}}')
        assert (done.status_code, done.json()) == (200, {})
        refused = await ours.post("/commands", content='{"do": {"kill": "canary"}}')
        assert refused.status_code == 422
        assert "nothing is deployed yet" in refused.json()["error"]
        bad = await ours.post("/commands", content=b"\xff{")
        assert bad.status_code == 422
        page.page.refuse_commands()
        late = await ours.post("/commands", content='{"finish": true}')
        assert late.json()["error"] == "the rehearsal has ended"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"host": "evil.example"}, 403),
    ],
)
async def test_others_command_nothing(headers: dict[str, str], status: int) -> None:
    async with served() as page, client(page, **{**_ours(page), **headers}) as other:
        response = await other.post("/commands", content='{"finish": true}')
        assert response.status_code == status
        assert page.world.recording.of_type(NoteRecord) == []


async def test_a_body_is_bounded() -> None:
    async with served() as page, client(page, **_ours(page)) as ours:
        large = b'{"play": "' + b"x" * module.MOST_BODY_BYTES + b'"}'
        response = await ours.post("/commands", content=large)
        assert response.status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_BODY_PATIENCE_S", 0.05)
    async with served() as page:
        reader, writer = await asyncio.open_connection("127.0.0.1", page.access.port)
        head = f"POST /commands HTTP/1.1\r\nHost: 127.0.0.1:{page.access.port}\r\n"
        head += f"Authorization: Bearer {page.access.token}\r\nContent-Length: 50\r\n"
        writer.write(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
        assert b"408" in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def test_the_stream_goes_on_where_it_was_until_the_end() -> None:
    async with served(manual=False, scenario="errors") as page, client(page) as ours:
        playing = asyncio.create_task(page.play(speed=1000))
        response = await ours.get("/events", headers={"last-event-id": "1"})
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "id: 1\n" not in response.text
        assert "id: 2\n" in response.text
        assert '"kind":"event"' in response.text
        assert 'event: end\ndata: {"state":' in response.text
        await playing
        assert page.world.recording.of_type(StepRecord)


async def test_readers_who_do_not_read_hold_nobody_up_and_are_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_READERS", 20)
    async with served() as page, client(page) as ours:
        idle = [_idle_reader(page) for _ in range(20)]
        await asyncio.gather(*(one[1] for one in idle))
        refused = await ours.get("/events")
        assert refused.status_code == 503
        for number in range(5000):
            page.world.recording.append(NoteRecord(number, "x" * 500))
        done = await asyncio.wait_for(
            ours.post("/commands", content='{"do": {"pause": true}}', headers=_ours(page)), 5
        )
        assert done.status_code == 200
        for sock, _ in idle:
            sock.close()


def _idle_reader(page: Served) -> tuple[socket.socket, Any]:
    """A connection that asks for the stream and reads its head alone."""
    sock = socket.create_connection(("127.0.0.1", page.access.port))
    sock.setblocking(False)
    cookie = page.access.cookie().partition(";")[0]
    host = f"127.0.0.1:{page.access.port}"
    request = f"GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"

    async def begin() -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, request.encode())
        assert b"200" in await loop.sock_recv(sock, 200)

    return sock, begin()


def _call_of(service: str) -> Span:
    trace_id = f"{secrets.token_hex(16)}"
    now_s = time.time()
    return Span(trace_id, "a" * 16, "", service, service, now_s - 1, now_s, is_entry=True)


async def test_the_page_so_far_and_the_map_are_there() -> None:
    async with served() as page, client(page) as ours:
        saved = await ours.get("/report.html")
        assert saved.headers["content-disposition"].startswith("attachment")
        assert saved.text.startswith("<!doctype html>")
        assert (await ours.get("/map.svg")).status_code == 204
        page.traces.add([_call_of("shop")])
        drawn = await ours.get("/map.svg")
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "shop" in drawn.text
        traces = await ours.get("/traces")
        assert "shop" in traces.text
        assert len(traces.headers.get_list("x-content-type-options")) == 1
        opened = await ours.get("/")
        assert "Over time" in opened.text
