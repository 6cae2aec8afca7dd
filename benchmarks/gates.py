"""Gate checks per second, and how long one takes, alone and under tasks.

    python -m benchmarks.gates [SECONDS]

A real load tester per store, asked over keep-alive connections from another process; then the
same while 100 slow commands run and 20 new ones a second start. Closed loop: each connection
asks again when it has its answer.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from commons.units import US_PER_S
from tests.loadtester.webhooks.running import Running, loadtester

CONNECTIONS = 16
BODY = b'{"name":"detail","namespace":"flagger","phase":"Progressing","checksum":"85d557f47b"}'
REQUEST = (
    b"POST /gate/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


@dataclass(frozen=True)
class Measured:
    """Responses per second, the sorted times of each in milliseconds, and what one costs the
    server of a processor, in microseconds: that holds on a busy machine as well."""

    rate: float
    times_ms: list[float]
    cpu_us: float

    def at(self, share: float) -> float:
        """The time that ``share`` of the answers did not exceed."""
        return self.times_ms[min(len(self.times_ms) - 1, int(share * len(self.times_ms)))]

    def __str__(self) -> str:
        times = " ".join(f"{self.at(share):8.2f}" for share in (0.5, 0.99, 1.0))
        return f"{self.rate:8.0f} {times} {self.cpu_us:8.0f}"


async def ask(port: int, until: float, times_ms: list[float]) -> None:
    """One connection, one question after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (begun := time.perf_counter()) < until:
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403"), head
        await reader.readexactly(len(b"Forbidden"))
        times_ms.append((time.perf_counter() - begun) * 1000)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def cpu_s(running: Running) -> float:
    """The processor time that the server has used."""
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(running: Running, seconds: float) -> Measured:
    """All connections at once."""
    times_ms: list[float] = []
    before_s = cpu_s(running)
    until = time.perf_counter() + seconds
    await asyncio.gather(*(ask(running.port, until, times_ms) for _ in range(CONNECTIONS)))
    used_us = (cpu_s(running) - before_s) * US_PER_S / len(times_ms)
    return Measured(len(times_ms) / seconds, sorted(times_ms), used_us)


@asynccontextmanager
async def tasks(running: Running) -> AsyncIterator[None]:
    """100 commands that sleep, and 20 more a second that do not."""

    def start(number: int, command: str) -> None:
        running.task({"cmd": f"{command} # {number}"}, name=f"c{number}")

    async def keep_starting() -> None:
        for number in range(100, 10**6):
            await asyncio.to_thread(start, number, "true")
            await asyncio.sleep(0.05)

    for number in range(100):
        await asyncio.to_thread(start, number, "sleep 300")
    starting = asyncio.create_task(keep_starting())
    yield
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting


async def compare(running: Running, store: str, seconds: float) -> None:
    """The two lines of one store."""
    await measure(running, 0.5)
    print(f"{store:8} idle      {await measure(running, seconds)}", flush=True)
    async with tasks(running):
        print(f"{store:8} tasks     {await measure(running, seconds)}", flush=True)


def main(seconds: float) -> None:
    """One table."""
    print(f"{CONNECTIONS} connections, {seconds:g} s each; milliseconds")
    print(f"{'store':8} load      {'checks/s':>8} {'p50':>8} {'p99':>8} {'max':>8} {'cpu us':>8}")
    for store in ("memory", "sqlite"):
        with (
            tempfile.TemporaryDirectory() as folder,
            loadtester(Path(folder), "--store", store, "--log-level", "info") as running,
        ):
            asyncio.run(compare(running, store, seconds))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
