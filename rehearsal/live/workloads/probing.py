"""The four kinds of probe, asked once: HTTP, TCP, a command, gRPC health. True when healthy."""

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx2

from rehearsal.applications.pod import Probe
from rehearsal.live.loopback import loopback_client

Resolve = Callable[[int | str | None], int | None]
"""From a probe's port to the local port that stands for it."""

Run = Callable[[tuple[str, ...], float], Awaitable[bool]]
"""Runs a command among the names and variables of the pod; whether it ended with 0 in time."""

_GRPC_HEADERS = {"content-type": "application/grpc", "te": "trailers", "user-agent": "kube-probe"}


class Prober:
    """Asks the probes of one pod, past the mesh, as a kubelet does.

    `least_timeout_s` keeps real processes from being judged by a clock that is faster than theirs.
    """

    def __init__(self, resolve: Resolve, run: Run, least_timeout_s: float) -> None:
        self._resolve = resolve
        self._run = run
        self._least_timeout_s = least_timeout_s
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = loopback_client(limits=limits)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, probe: Probe) -> bool:
        """One attempt."""
        timeout_s = max(self._least_timeout_s, probe.timeout_s)
        if probe.kind == "exec":
            return await self._run(probe.command, timeout_s)
        port = self._resolve(probe.port)
        if port is None:
            return False
        if probe.kind == "tcp":
            return await answers_tcp(port, timeout_s)
        if probe.kind == "grpc":
            return await answers_grpc(port, probe.service, timeout_s)
        return await _answers_http(self._client, probe, port, timeout_s)


def missing_program(words: Sequence[str], path: str | None = None) -> str:
    """The program of an exec probe that only its image has; empty where it can be run here.

    Its open port then answers for the application.
    """
    program = words[0] if words else ""
    return "" if shutil.which(program, path=path) else program


async def answers_tcp(port: int, timeout_s: float) -> bool:
    """Whether something listens on a port of loopback."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _answers_http(
    client: httpx2.AsyncClient, probe: Probe, port: int, timeout_s: float
) -> bool:
    """A status from 200 to 399, as the kubelet takes it (pkg/probe/http)."""
    scheme = "https" if probe.tls else "http"
    path = probe.path if probe.path.startswith("/") else f"/{probe.path}"
    headers: Mapping[str, str] = {"User-Agent": "kube-probe/1.36", **dict(probe.headers)}
    url = f"{scheme}://127.0.0.1:{port}{path}"
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream("GET", url, headers=headers, timeout=timeout_s) as response,
        ):
            return 200 <= response.status_code < 400
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError):
        return False


async def answers_grpc(port: int, service: str, timeout_s: float) -> bool:
    """`grpc.health.v1.Health/Check`, SERVING (grpc/health/v1/health.proto), over plain HTTP/2."""
    name = service.encode()
    message = (b"\x0a" + bytes([len(name)]) + name) if 0 < len(name) < 128 else b""
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    url = f"http://127.0.0.1:{port}/grpc.health.v1.Health/Check"
    try:
        async with (
            asyncio.timeout(timeout_s),
            loopback_client(http1=False, http2=True, timeout=timeout_s) as client,
        ):
            response = await client.post(url, content=body, headers=_GRPC_HEADERS)
            return response.content[5:7] == b"\x08\x01"
    except (httpx2.HTTPError, TimeoutError, OSError):
        return False
