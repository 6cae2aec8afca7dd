"""Resident memory after the start, after a million requests with faults on, and under idle clients.

    python -m benchmarks.detail_memory [requests]

The faults hit about one request in five (a response replaced, corrupted or delayed by 0), so that
all of the long way through the edge is walked; wrk counts their responses as errors, which is why
the requests are made by this process over raw sockets.
"""

import asyncio
import json
import resource
import sys
import urllib.request

from benchmarks.detail_processes import detail, free_port, require, resident_bytes, serving

FAULTS = (
    {"kind": "status", "status": 503, "rate": 0.1},
    {"kind": "corrupt", "rate": 0.1},
    {"kind": "delay", "distribution": "fixed", "delay": 0, "rate": 0.1},
)
CONNECTIONS = 50
PIPELINE = 20
IDLE = 10_000


def main(requests: int = 1_000_000) -> None:
    """Measure and print."""
    require("taskset")
    port = free_port()
    with serving(detail(port), port) as pid:
        print(f"after the first response        {mib(pid):6.1f} MiB")
        for fault in FAULTS:
            start(port, fault)
        for part in range(1, 5):
            asyncio.run(load(port, requests // 4))
            print(f"after {part * requests // 4:>9,} requests        {mib(pid):6.1f} MiB")
        held, peak_mib, response_s = asyncio.run(idle(port, pid))
        print(
            f"with {held:>6,} idle connections  {peak_mib:6.1f} MiB, {response_s * 1e3:.1f} ms each"
        )


def mib(pid: int) -> float:
    return resident_bytes(pid) / 1024**2


def start(port: int, fault: dict[str, object]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/faults", json.dumps(fault).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 201


async def load(port: int, requests: int) -> None:
    """That many requests, pipelined over a few connections."""
    await asyncio.gather(*(_worker(port, requests // CONNECTIONS) for _ in range(CONNECTIONS)))


async def _worker(port: int, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(requests // PIPELINE):
        writer.write(request * PIPELINE)
        for _ in range(PIPELINE):
            head = await reader.readuntil(b"\r\n\r\n")
            start = head.lower().index(b"content-length: ") + 16
            await reader.readexactly(int(head[start : head.index(b"\r", start)]))
    writer.close()


async def idle(port: int, pid: int) -> tuple[int, float, float]:
    """Hold idle connections, request beside them: (connections, MiB of the server, s each)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, IDLE + 500), hard))
    held = []
    for _ in range(min(IDLE, hard - 500)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        held.append(writer)
    clock = asyncio.get_running_loop().time
    began = clock()
    await _worker(port, PIPELINE)
    measured = len(held), mib(pid), (clock() - began) / PIPELINE
    for writer in held:
        writer.transport.abort()
    return measured


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
