"""What detail may send, and what the frontend says of it. Nothing here ends in a traceback."""

import gzip
from collections.abc import AsyncIterator

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import UsageError
from detail_service.errors import BackendError
from detail_service.frontend.backend import MAX_BODY_BYTES, Backend, Catalog, proxy_for
from tests.detail_service.support import tracing

URL = "http://detail:3000/catalogDetail"


class Body(httpx2.AsyncByteStream):
    """A body that comes in parts, each after a pause."""

    def __init__(self, *parts: bytes, pause_s: float = 0.0) -> None:
        self.parts = parts
        self.pause_s = pause_s
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            await anyio.sleep(self.pause_s)
            self.sent += len(part)
            yield part


def ok(*parts: bytes, **headers: str) -> httpx2.Response:
    return httpx2.Response(200, stream=Body(*parts), headers=headers)


async def call(response: httpx2.Response | Exception, timeout_s: float = 1.0) -> Catalog:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if isinstance(response, Exception):
            raise response
        return response

    with tracing("Frontend-Node") as tracer:
        backend = Backend(URL, timeout_s, tracer, httpx2.MockTransport(handler))
        try:
            return await backend.catalog()
        finally:
            await backend.close()


@pytest.mark.anyio
async def test_a_catalog_is_understood() -> None:
    found = await call(ok(b'{"version":"2","vendors":', b'["a","b"],"more":1}'))

    assert found == Catalog(version="2", vendors=("a", "b"))


NOT_A_CATALOG = [
    b"",
    b"{#",
    b"[]",
    b"null",
    b'{"version":2,"vendors":[]}',
    b'{"version":"2"}',
    b'{"version":"2","vendors":"ABC.com"}',
    b'{"version":"2","vendors":[1]}',
    b'{"version":"\\ud800","vendors":[]}',
    b'{"version":"2","vendors":["\\udfff"]}',
    b'{"version":"2","vendors":["\xff"]}',
    b'{"version":"' + b"2" * 201 + b'","vendors":[]}',
    b"[" * 60_000,
    b'{"version":' + b'{"version":' * 5_000,
    b'{"version":"2","vendors":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b"9" * 60_000,
    b"1e999999999",
    b'{"version":"2","vendors":[' + b'"a",' * 1_000 + b'"a"]}',
]


@pytest.mark.anyio
@pytest.mark.parametrize("body", NOT_A_CATALOG, ids=lambda body: repr(body[:40]))
async def test_a_body_that_is_no_catalog_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(BackendError, match="is not a catalog"):
        await call(ok(body))


@given(st.binary(max_size=300))
def test_no_bytes_do_harm(body: bytes) -> None:
    try:
        found = anyio.run(call, ok(body))
    except BackendError:
        return
    assert found.version.encode()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("response", "words"),
    [
        (httpx2.Response(500, stream=Body(b'"Error"')), "detail responded with 500"),
        (httpx2.Response(301, headers={"location": "http://else/"}), "detail responded with 301"),
        (httpx2.Response(204), "detail responded with 204"),
        (httpx2.ReadTimeout("slow"), "did not respond within 1 s"),
        (httpx2.PoolTimeout(""), "did not respond within 1 s"),
        (httpx2.ConnectError("refused"), "cannot be reached: refused"),
        (httpx2.RemoteProtocolError(""), "cannot be reached: RemoteProtocolError"),
        (OSError("no route"), "cannot be reached: no route"),
        (UnicodeError("label too long"), "cannot be reached: label too long"),
    ],
)
async def test_everything_else_says_what_detail_did(
    response: httpx2.Response | Exception, words: str
) -> None:
    with pytest.raises(BackendError, match=words):
        await call(response)


@pytest.mark.anyio
async def test_an_endless_body_is_left_where_it_is_too_large() -> None:
    body = Body(*[b"x" * 1000] * 10_000)
    with pytest.raises(BackendError, match="is larger than 64 KiB"):
        await call(httpx2.Response(200, stream=body))

    assert body.sent <= MAX_BODY_BYTES + 1000


@pytest.mark.anyio
async def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < MAX_BODY_BYTES

    with pytest.raises(BackendError, match="is not a catalog"):
        await call(ok(bomb, **{"content-encoding": "gzip"}))


@pytest.mark.anyio
async def test_the_timeout_is_for_the_whole_response() -> None:
    """Every part comes sooner than the timeout, and all of them do not."""
    body = Body(*[b" "] * 1000, pause_s=0.02)
    with pytest.raises(BackendError, match=r"did not respond within 0\.1 s"):
        await call(httpx2.Response(200, stream=body), timeout_s=0.1)

    assert body.sent <= 6


def test_the_proxy_of_the_environment_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:15001")
    monkeypatch.setenv("no_proxy", "detail.local")

    assert proxy_for("http://detail.flagger:3000/x") == "http://127.0.0.1:15001"
    assert proxy_for("http://detail.local:3000/x") is None
    monkeypatch.setenv("http_proxy", "127.0.0.1:3128")
    assert proxy_for("http://detail.flagger:3000/x") == "http://127.0.0.1:3128"
    monkeypatch.delenv("http_proxy")
    assert proxy_for("http://detail.flagger:3000/x") is None


@pytest.mark.parametrize("proxy", ["http://[::1", "gopher://a", "http://a:b"])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(UsageError, match="http_proxy: "):
        proxy_for("http://detail.flagger:3000/x")
