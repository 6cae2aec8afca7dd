"""Envoy's admin interface over its Unix socket: statistics and listeners."""

import re

import httpx2

from rehearsal.live.loopback import NO_TLS, loopback_client


def over_socket(socket: str, timeout_s: float) -> httpx2.AsyncClient:
    """A client of what listens on a Unix socket; `@name` is an abstract one, as Envoy writes it."""
    path = "\0" + socket[1:] if socket.startswith("@") else socket
    transport = httpx2.AsyncHTTPTransport(uds=path, verify=NO_TLS)
    return loopback_client(transport=transport, base_url="http://envoy", timeout=timeout_s)


class Admin:
    """A client of one Envoy's admin socket."""

    def __init__(self, socket: str) -> None:
        self._client = over_socket(socket, timeout_s=10.0)

    async def close(self) -> None:
        await self._client.aclose()

    async def ready(self) -> bool:
        try:
            return (await self._client.get("/ready")).status_code == 200
        except httpx2.TransportError:
            return False

    async def port(self, name: str) -> int:
        """The port on which a listener has been bound. LookupError when there is none of it."""
        listeners = (await self._client.get("/listeners?format=json")).json()
        for listener in listeners["listener_statuses"]:
            if listener["name"] == name:
                return int(listener["local_address"]["socket_address"]["port_value"])
        raise LookupError(f"Envoy has no listener {name}")

    async def statistics(self, pattern: str) -> dict[str, str]:
        """Plain statistics whose name matches the pattern, by name."""
        answer = await self._client.get("/stats", params={"filter": pattern})
        pairs = (line.split(": ", 1) for line in answer.text.splitlines() if ": " in line)
        return {name: value.strip('"') for name, value in pairs}

    async def prometheus(self, pattern: str) -> str:
        """Statistics in Prometheus's text format."""
        answer = await self._client.get("/stats/prometheus", params={"filter": pattern})
        return answer.text

    async def versions(self) -> dict[str, str]:
        """The version that Envoy has taken up, by statistic."""
        return await self.statistics(r"version_text$")

    async def rejections(self) -> list[str]:
        """The subscriptions whose last update Envoy has refused."""
        counts = await self.statistics(r"update_rejected$")
        return [re.sub(r"\.update_rejected$", "", k) for k, v in counts.items() if v != "0"]
