import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from tests.loadtester.webhooks.jobs import prepare, run
from tests.loadtester.webhooks.target import Asked, Target, target

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop() -> Iterator[Target]:
    with target() as made:
        made.answer = lambda _: (200, {"version": "1", "vendors": ["ABC.com"], "open": True})
        yield made


async def http(shop: Target, **metadata: str) -> tuple[bool, str]:
    outcome = await run(type="http", url=f"{shop.url}/x", **metadata)
    return outcome.ok, outcome.body.decode()


async def test_200_is_enough(shop: Target) -> None:
    assert await http(shop) == (True, "")


async def test_method_headers_and_body_arrive(shop: Target) -> None:
    await http(shop, method="put", body="hi", **{"header.X-Team": "a b"})
    (asked,) = shop.asked
    assert (asked.method, asked.path, asked.body) == ("PUT", "/x", b"hi")
    assert asked.headers["x-team"] == "a b"


@pytest.mark.parametrize("status", ["204", "200,204", "2xx", "500\n204"])
async def test_expected_statuses(shop: Target, status: str) -> None:
    shop.answer = lambda _: (204, "")
    assert await http(shop, status=status) == (True, "")


async def test_another_status_is_a_failure_that_says_so(shop: Target) -> None:
    shop.answer = lambda _: (503, "down for tea")
    said = f"GET {shop.url}/x: status 503, wanted 200: down for tea"
    assert await http(shop) == (False, said)


async def test_redirects_are_answers(shop: Target) -> None:
    shop.answer = lambda _: (302, "")
    assert (await http(shop))[0] is False
    assert (await http(shop, status="302"))[0] is True


async def test_body_contains(shop: Target) -> None:
    assert (await http(shop, bodyContains="ABC.com"))[0] is True
    ok, said = await http(shop, bodyContains="XYZ.com")
    assert not ok
    assert "the body does not contain 'XYZ.com'" in said


@pytest.mark.parametrize(
    ("path", "equals"),
    [("$.version", "1"), ("$.vendors[0]", "ABC.com"), ("$.open", "true"), ("$.vendors", None)],
)
async def test_json_path(shop: Target, path: str, equals: str | None) -> None:
    more = {} if equals is None else {"jsonEquals": equals}
    assert await http(shop, jsonPath=path, **more) == (True, "")


async def test_json_path_that_differs_is_told(shop: Target) -> None:
    said = f"GET {shop.url}/x: $.version is 1, wanted 2"
    assert await http(shop, jsonPath="$.version", jsonEquals="2") == (False, said)
    assert "there is no such value" in (await http(shop, jsonPath="$.nope"))[1]
    shop.answer = lambda _: (200, "no json")
    assert "$.version: Expecting value" in (await http(shop, jsonPath="$.version"))[1]


async def test_it_tries_until_it_is_as_expected(shop: Target) -> None:
    def third_time_lucky(_: Asked) -> tuple[int, object]:
        return (200, "ok") if len(shop.asked) >= 3 else (503, "not yet")

    shop.answer = third_time_lucky
    assert await http(shop, retryFor="30s", interval="10ms") == (True, "")
    assert len(shop.asked) == 3


async def test_it_gives_up_at_the_deadline_and_says_how_often_it_tried(shop: Target) -> None:
    shop.answer = lambda _: (503, "never")
    ok, said = await http(shop, retryFor="1s", interval="20ms")
    assert not ok
    assert said.endswith(f": never ({len(shop.asked)} attempts)")
    assert len(shop.asked) > 1


async def test_nobody_listening_is_a_failure_with_a_reason() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        outcome = await run(type="http", url=url)
    assert not outcome.ok
    assert b"ConnectError" in outcome.body


async def test_a_silent_server_is_a_failure_with_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        outcome = await run(type="http", url=url, attemptTimeout="100ms")
    assert outcome.body == f"GET {url}: no response within 0.1s".encode()


async def test_it_goes_through_the_proxy_of_the_environment(
    shop: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", shop.url)
    assert (await run(type="http", url="http://detail-canary.flagger:3000/ping")).ok
    assert shop.asked[0].path == "http://detail-canary.flagger:3000/ping"


BAD = {
    "url": "detail/ping",
    "method": "G E T",
    "status": "20",
    "jsonPath": "$..x",
    "retryFor": "10",
    "interval": "0s",
    "attemptTimeout": "soon",
    "header.": "x",
    "header.a b": "x",
    "header.x": "a\r\nb: c",
}


@pytest.mark.parametrize("field", BAD)
def test_bad_input_names_its_field(field: str) -> None:
    metadata = {"type": "http", "url": "http://x/", field: BAD[field]}
    with pytest.raises(BadTaskError, match=f"^{field.replace('.', '[.]')}: ") as raised:
        prepare(**metadata)
    assert raised.value.status == 400


def test_what_is_missing_is_named() -> None:
    with pytest.raises(BadTaskError, match=r"^url: required"):
        prepare(type="http")
    with pytest.raises(BadTaskError, match=r"^jsonPath: required"):
        prepare(type="http", url="http://x/", jsonEquals="1")


def test_targets_are_checked() -> None:
    with pytest.raises(RefusedError, match=r"evil.com:80 is not an allowed target"):
        prepare(Policy(allow_targets=("*.flagger",)), type="http", url="http://evil.com/")


BOMB = gzip.compress(b"0" * 50_000_000)


async def test_a_body_that_would_grow_is_not_decompressed() -> None:
    bombs = {"gzip": BOMB, "br": b"\x1b" + BOMB, "deflate": BOMB, "zstd": BOMB, "gzip, gzip": BOMB}
    for encoding, body in bombs.items():
        async with raw_server(b"Content-Encoding: " + encoding.encode(), body) as url:
            outcome = await run(type="http", url=url)
        assert outcome.ok
        assert len(outcome.output) < 1 << 20


async def test_a_body_without_an_end_is_cut_off() -> None:
    async with raw_server(b"X: y", b"0" * (1 << 20), endless=True) as url:
        outcome = await run(type="http", url=url)
    assert outcome.ok
    assert len(outcome.output) == 1 << 20


async def test_a_body_that_trickles_meets_the_time_limit() -> None:
    async with raw_server(b"X: y", b"0", endless=True, pause_s=0.05) as url:
        outcome = await run(type="http", url=url, attemptTimeout="300ms")
    assert not outcome.ok
    assert "no response within 0.3s" in outcome.error


@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 100_000, "1" * 100_000, '"\\ud800"'])
async def test_any_json_is_a_value_or_a_complaint(body: str) -> None:
    with target() as shop:
        shop.answer = lambda _: (200, body)
        outcome = await run(type="http", url=shop.url, jsonPath="$.a", jsonEquals="1")
    assert not outcome.ok
    assert "$.a: " in outcome.error


@asynccontextmanager
async def raw_server(
    header: bytes, body: bytes, endless: bool = False, pause_s: float = 0.0
) -> AsyncIterator[str]:
    """Sends one header and `body`, perhaps over and over."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + header + b"\r\n\r\n"
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + body)
            await writer.drain()
            while endless:
                writer.write(body)
                await writer.drain()
                await asyncio.sleep(pause_s)
        except OSError:
            pass  # the client has seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
