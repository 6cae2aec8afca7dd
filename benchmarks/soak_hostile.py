"""A load tester among hostile connections: does Flagger still get its answers?

    python -m benchmarks.soak_hostile [--seconds S] [--strangers N]

N connections at a time do what nobody should: say nothing, send a head byte by byte, announce a
body and keep it, send headers without end, pipeline and never read, send noise, or leave at once.
They have the lowest priority, so that it is the load tester they wear out and not the processor. A
polite client asks a gate meanwhile, on a new connection each time as Flagger does. Exit code 1 if a
question had no answer, or if more than one in a hundred took ten milliseconds or longer; 5 if that
was so without any strangers: then the machine is too busy to say.
"""

import argparse
import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.gates import BODY, Measured
from tests.loadtester.webhooks.running import loadtester

MOST_MS = 10.0
PAUSE_S = 0.02
PATIENCE_S = 5.0
HEAD = b"POST /gate/check HTTP/1.1\r\nHost: x\r\n"
QUESTION = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def trickling(writer: asyncio.StreamWriter) -> None:
    for byte in HEAD * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.2)


async def owing(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n{")
    await asyncio.sleep(3600)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"X-More: %s\r\n" % (b"a" * 1000))
        await writer.drain()
        await asyncio.sleep(0.01)


async def deaf(writer: asyncio.StreamWriter) -> None:
    request = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
    while True:
        writer.write(request * 20)
        await writer.drain()
        await asyncio.sleep(0.5)


async def noisy(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(random.randbytes(4096))
        await writer.drain()
        await asyncio.sleep(0.2)


async def leaving(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    writer.transport.abort()
    await asyncio.sleep(0.2)


STRANGERS = (silent, trickling, owing, endless, deaf, noisy, leaving)


async def stranger(number: int, port: int) -> None:
    """One who comes again whenever they were cut off."""
    behave = STRANGERS[number % len(STRANGERS)]
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            try:
                await behave(writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(0.1)


async def attack(port: int, strangers: int) -> None:
    """All of them, until killed."""
    os.nice(19)
    await asyncio.gather(*(stranger(number, port) for number in range(strangers)))


async def ask(port: int) -> bytes:
    """The status line of one question on a connection of its own; empty if there was none."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(QUESTION)
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return b""
    return answer.partition(b"\r\n")[0]


async def measure(port: int, seconds: float) -> tuple[list[float], Counter[bytes]]:
    """The sorted times in milliseconds, and how many of which answer."""
    times_ms: list[float] = []
    answers: Counter[bytes] = Counter()
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        answers[await ask(port)] += 1
        times_ms.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(PAUSE_S)
    return sorted(times_ms), answers


def main(seconds: float, strangers: int) -> int:
    """Two lines, alone and among strangers; the exit code."""
    print(f"{strangers} strangers, {seconds:g} s; milliseconds of one question")
    print(f"{'':10} {'asked/s':>8} {'p50':>8} {'p99':>8} {'max':>8}")
    with tempfile.TemporaryDirectory() as folder, loadtester(Path(folder)) as running:
        alone, _ = asyncio.run(measure(running.port, min(seconds, 5.0)))
        print(f"{'alone':10} {_row(alone, min(seconds, 5.0))}", flush=True)
        attackers = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak_hostile", "--attack", str(running.port),
             "--strangers", str(strangers)]
        )  # fmt: skip
        try:
            time.sleep(1.0)
            times_ms, answers = asyncio.run(measure(running.port, seconds))
        finally:
            attackers.kill()
            attackers.wait()
    print(f"{'strangers':10} {_row(times_ms, seconds)}")
    print(dict(answers))
    if set(answers) != {b"HTTP/1.1 403 Forbidden"}:
        return 1
    if Measured(0, alone, 0).at(0.99) >= MOST_MS:
        print("this machine is too busy to say")
        return 5
    return 1 if Measured(0, times_ms, 0).at(0.99) >= MOST_MS else 0


def _row(times_ms: list[float], seconds: float) -> str:
    measured = Measured(len(times_ms) / seconds, times_ms, 0)
    times = " ".join(f"{measured.at(share):8.2f}" for share in (0.5, 0.99, 1.0))
    return f"{measured.rate:8.1f} {times}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--strangers", type=int, default=150)
    parser.add_argument("--attack", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.attack:
        asyncio.run(attack(given.attack, given.strangers))
    sys.exit(main(given.seconds, given.strangers))
