"""Segments and spans a second into `xray`, from loopback: `python -m benchmarks.xray_speed [S]`.

20,000 a second are sent for S seconds (5): as datagrams, then in OTLP bodies of 500 spans. Told
are how many arrived, how many the kernel or the bounds dropped, the processor time of each, and the
resident memory after the first second and at the end, with a store that is full long before.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

RATE = 20_000
BATCH = 500
TRACES = 5_000
HEADER = b'{"format": "json", "version": 1}\n'


def segment(number: int) -> bytes:
    fields = {
        "name": "shop", "id": f"{number:016x}", "trace_id": f"1-65000000-{number:024x}",
        "start_time": 1.7e9, "end_time": 1.7e9 + 0.1,
        "http": {"request": {"method": "GET", "url": "http://shop/", "client_ip": "127.0.0.1"},
                 "response": {"status": 200, "content_length": 50}},
    }  # fmt: skip
    return HEADER + json.dumps(fields).encode()


def body(start: int) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = group.scope_spans.add()
    for number in range(start, start + BATCH):
        span = scope.spans.add(name="GET /", trace_id=number.to_bytes(16, "big"))
        span.span_id = number.to_bytes(8, "big")
        span.start_time_unix_nano, span.end_time_unix_nano = 17 * 10**17, 17 * 10**17 + 10**8
        for key in ("http.request.method", "url.path", "server.address", "user_agent.original"):
            span.attributes.add(key=key).value.string_value = "GET"
    return request.SerializeToString()


def paced(batches: list[Any], send: Callable[[Any], object], batch_s: float) -> float:
    """Send the batches at their times; how many seconds that took."""
    start = time.monotonic()
    for number, batch in enumerate(batches):
        time.sleep(max(0.0, start + number * batch_s - time.monotonic()))
        send(batch)
    return time.monotonic() - start


def measure(name: str, process: int, api: str, work: Callable[[], tuple[int, float]]) -> None:
    before, cpu_before = status(api), cpu_s(process)
    sent, took_s = work()
    time.sleep(1.5)
    after, used_s = status(api), cpu_s(process) - cpu_before
    arrived = after["spans_received"] - before["spans_received"]
    lost = after["datagrams_lost"] - before["datagrams_lost"]
    print(
        f"{name:<9} sent {sent:>7,} at {sent / took_s:>7,.0f}/s  arrived {arrived:>7,}"
        f"  lost by the kernel {lost:>6,}  {used_s / max(1, arrived) * 1e6:5.1f} us each"
        f"  resident {resident_mib(process)} MiB, {after['traces']:,} traces kept"
    )


def status(api: str) -> Any:
    return httpx2.get(f"{api}/status", trust_env=False, timeout=30).json()


def cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) // 1024 if found else 0


def main() -> None:
    seconds = int(sys.argv[1]) if sys.argv[1:] else 5
    total = seconds * RATE
    command = [sys.executable, "-m", "xray_local", "--port", "0", "--otlp-port", "0"]
    with subprocess.Popen(
        [*command, "--traces", str(TRACES)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(4))
        api, otlp = re.findall(r"(?:API|OTLP) +(http://\S+)", said)
        host, port = api.removeprefix("http://").split(":")
        datagrams = [[segment(n + i) for i in range(100)] for n in range(1, total, 100)]
        bodies = [body(n) for n in range(10**9, 10**9 + total, BATCH)]

        def segments() -> tuple[int, float]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.connect((host, int(port)))
                took_s = paced(datagrams, lambda some: list(map(sender.send, some)), 100 / RATE)
            return total, took_s

        def spans() -> tuple[int, float]:
            headers = {"content-type": "application/x-protobuf"}
            with httpx2.Client(trust_env=False, timeout=30, headers=headers) as client:
                post = f"{otlp}/v1/traces"
                took_s = paced(bodies, lambda b: client.post(post, content=b), BATCH / RATE)
            return total, took_s

        for round_ in ("first", "second"):
            print(f"{round_} round, {RATE:,}/s for {seconds} s")
            measure("segments", process.pid, api, segments)
            measure("spans", process.pid, api, spans)
        process.terminate()


if __name__ == "__main__":
    main()
