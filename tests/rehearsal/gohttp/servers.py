"""Servers that misbehave, by the path that is asked for."""

import asyncio
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\n"
BAD = b"HTTP/1.1 400 X\r\n"
DRIP_S = 0.05


def sent(data: bytes, *, reset: bool = False) -> Behaviour:
    """Bytes, and then the end of the connection, or a reset."""

    async def run(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if reset:
            await asyncio.sleep(DRIP_S)
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return run


def dripped(head: bytes, rest: bytes) -> Behaviour:
    """Some bytes at once and the others one by one."""

    async def run(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for byte in rest:
            await asyncio.sleep(DRIP_S)
            writer.write(bytes([byte]))
            await writer.drain()

    return run


def redirect(status: int, location: bytes | None) -> Behaviour:
    line = b"" if location is None else b"Location: " + location + b"\r\n"
    return sent(b"HTTP/1.1 %d X\r\nContent-Length: 3\r\n%s\r\nred" % (status, line))


def answer(status: int, body: bytes = b"body") -> Behaviour:
    return sent(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


BEHAVIOURS: dict[str, Behaviour] = {
    "ok": answer(200, b"ok"),
    "eof": sent(b""),
    "rst": sent(b"", reset=True),
    "silent": dripped(b"", b"x" * 1000),
    "drip_head": dripped(b"", OK + b"Content-Length: 2\r\n\r\nok" + b" " * 400),
    "drip_body": dripped(OK + b"Content-Length: 1000\r\n\r\n", b"x" * 1000),
    "short_body": sent(OK + b"Content-Length: 10\r\n\r\nhello"),
    "rst_body": sent(OK + b"Content-Length: 10\r\n\r\nhello", reset=True),
    "garbage": sent(b"HELLO\r\n\r\n"),
    "no_status": sent(b"HTTP/1.1\r\n\r\n"),
    "word_status": sent(b"HTTP/1.1 xyz OK\r\n\r\n"),
    "short_status": sent(b"HTTP/1.1 20 OK\r\n\r\n"),
    "cut_head": sent(b"HTTP/1.1 200 OK\r\nFoo: b"),
    "no_colon": sent(OK + b"no colon\r\n\r\n"),
    "no_name": sent(OK + b": c\r\nContent-Length: 0\r\n\r\n"),
    "nul": sent(OK + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n"),
    "http10": sent(b"HTTP/1.0 200 OK\r\n\r\nbody"),
    "same_length": sent(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
    "bad_length": sent(OK + b"Content-Length: abc\r\n\r\n"),
    "two_lengths": sent(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "bad_encoding": sent(OK + b"Transfer-Encoding: foo\r\n\r\nab"),
    "long_head": sent(OK + b"X: " + b"a" * 300_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "chunk_ok": sent(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "chunk_bad": sent(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n"),
    "chunk_cut": sent(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nok"),
    "chunk_without_end": sent(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokXX0\r\n\r\n"),
    "until_close": sent(BAD + b"\r\nuntil close"),
    "gzip": sent(BAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"zipped")),
    "gzip_twice": sent(
        BAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"zip") + gzip.compress(b"ped")
    ),
    "gzip_bad": sent(OK + b"Content-Encoding: gzip\r\n\r\nhellohellohellohello"),
    "gzip_short": sent(OK + b"Content-Encoding: gzip\r\n\r\nhello"),
    "gzip_cut": sent(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"zipped" * 99)[:20]),
    "gzip_empty": sent(OK + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
    "gzip_bomb": sent(BAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(50_000_000))),
    "deflate": sent(BAD + b"Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\nhello"),
    "continue": sent(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok"),
    "hints": sent(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"\r\nok"),
    "204": sent(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "299": answer(299, b"odd!"),
    "304": sent(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "400": answer(400, b"\xff\xfea\n"),
    "429": answer(429),
    "500": answer(500),
    "501": answer(501),
    "long_body": answer(400, b"y" * 3_000_000),
    "r300": redirect(300, b"/ok"),
    "r301": redirect(301, b"/ok"),
    "r302": redirect(302, b"ok"),
    "r303": redirect(303, b"/ok"),
    "r302_none": redirect(302, None),
    "r302_empty": redirect(302, b""),
    "r302_bracket": redirect(302, b"http://[::1/x"),
    "r302_escape": redirect(302, b"/%zz"),
    "r302_scheme": redirect(302, b"ftp://x/"),
    "r302_port": redirect(302, b"http://127.0.0.1:1/"),
    "r302_500": redirect(302, b"/500"),
    "r302_echo": redirect(302, b"/echo?a=b#c"),
    "r307_echo": redirect(307, b"/echo"),
    "r302_loop": redirect(302, b"/r302_loop"),
    "r307_loop": redirect(307, b"/r307_loop"),
    "retry_after": sent(b"HTTP/1.1 503 X\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"),
    "retry_after_ages": sent(
        b"HTTP/1.1 503 X\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n"
    ),
    "envoy_404": sent(b"HTTP/1.1 404 X\r\nserver: envoy\r\nContent-Length: 0\r\n\r\n"),
    "envoy_refused": sent(
        b"HTTP/1.1 503 X\r\nserver: envoy\r\n\r\nupstream connect error or disconnect/reset before"
        b" headers. reset reason: remote connection failure"
    ),
    "envoy_cut": sent(
        b"HTTP/1.1 503 X\r\nserver: envoy\r\n\r\nupstream connect error or disconnect/reset before"
        b" headers. reset reason: connection termination"
    ),
    "envoy_app_404": sent(
        b"HTTP/1.1 404 X\r\nserver: envoy\r\nx-envoy-upstream-service-time: 1\r\n"
        b"Content-Length: 2\r\n\r\nno"
    ),
}


@dataclass
class Misbehaving:
    """A running server: its port, and the requests it has seen (head, body)."""

    port: int
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def url(self, name: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/{name}"


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Misbehaving]:
    """A server in a thread of its own; ends with the block whatever it is doing."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    server = Misbehaving(0)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _respond(server, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)

    def run() -> None:
        listening = loop.run_until_complete(start())
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        listening.close()
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _respond(
    server: Misbehaving, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lengths = [
        line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line
    ]
    body = await reader.readexactly(int(lengths[0])) if lengths else b""
    server.seen.append((head, body))
    target = head.split(" ", 2)[1]
    path = target.partition("://")[2].partition("/")[2] if "://" in target else target
    name = path.strip("/").split("?")[0]
    if name == "echo":
        shown = (head.replace("\r\n", "|") + body.decode()).encode()
        await answer(400, shown)(writer)
    else:
        await BEHAVIOURS[name](writer)
