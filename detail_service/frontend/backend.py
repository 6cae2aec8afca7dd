"""The call to detail."""

from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import httpx2

from detail_service.errors import BackendError
from detail_service.tracing.outgoing import TracedTransport
from detail_service.tracing.tracer import Tracer

LARGEST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Catalog:
    """What detail said."""

    version: str
    vendors: tuple[str, ...]


class Backend:
    """A client of the detail service; its calls are traced."""

    def __init__(
        self,
        url: str,
        timeout_s: float,
        tracer: Tracer,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = url
        inner = transport or httpx2.AsyncHTTPTransport(proxy=proxy_for(url))
        self._client = httpx2.AsyncClient(
            transport=TracedTransport(inner, tracer), timeout=timeout_s, trust_env=False
        )

    async def catalog(self) -> Catalog:
        """Detail's catalog. Raises BackendError, whose text says what detail did instead."""
        try:
            response = await self._client.get(self.url)
        except httpx2.TimeoutException:
            raise BackendError("detail did not answer in time") from None
        except httpx2.HTTPError as error:
            raise BackendError(f"detail cannot be reached: {_reason(error)}") from None
        if response.status_code != 200:
            raise BackendError(f"detail answered {response.status_code}")
        return _read(response)

    async def close(self) -> None:
        await self._client.aclose()


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address (http_proxy, no_proxy)."""
    target = httpx2.URL(url)
    if proxy_bypass(f"{target.host}:{target.port or 80}"):
        return None
    return getproxies().get(target.scheme)


def _read(response: httpx2.Response) -> Catalog:
    if len(response.content) > LARGEST_BYTES:
        raise BackendError("detail's answer is too large")
    try:
        document = response.json()
        version, vendors = document["version"], document["vendors"]
    except (ValueError, KeyError, TypeError):
        raise BackendError("detail's answer is not a catalog") from None
    if not isinstance(version, str) or not isinstance(vendors, list):
        raise BackendError("detail's answer is not a catalog")
    return Catalog(version, tuple(str(vendor) for vendor in vendors))


def _reason(error: httpx2.HTTPError) -> str:
    return str(error) or type(error).__name__
