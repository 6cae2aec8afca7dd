"""The call to detail: bounded in time and size, whatever it sends."""

import asyncio
from dataclasses import dataclass
from typing import Annotated
from urllib.request import getproxies, proxy_bypass

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commons.errors import UsageError
from detail_service.errors import BackendError
from detail_service.tracing.outgoing import TracedTransport
from detail_service.tracing.tracer import Tracer

MAX_BODY_BYTES = 65_536
Name = Annotated[str, Field(max_length=200)]


class Catalog(BaseModel):
    """Detail's document; fields that nobody here knows are passed over."""

    model_config = ConfigDict(strict=True, frozen=True)

    version: Name
    vendors: Annotated[tuple[Name, ...], Field(max_length=1000, strict=False)]


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    body: bytes


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
        self._timeout_s = timeout_s
        inner = transport or httpx2.AsyncHTTPTransport(proxy=proxy_for(url))
        self._client = httpx2.AsyncClient(
            transport=TracedTransport(inner, tracer),
            timeout=timeout_s,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    async def catalog(self) -> Catalog:
        """Detail's catalog. Raises BackendError, whose text says what detail did instead.

        The timeout is one for all: connecting, waiting and reading the whole body.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._get()
        except (TimeoutError, httpx2.TimeoutException):
            raise BackendError(f"detail did not respond within {self._timeout_s:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            raise BackendError(f"detail cannot be reached: {_reason(error)}") from None
        if response.status != 200:
            raise BackendError(f"detail responded with {response.status}")
        try:
            return Catalog.model_validate_json(response.body)
        except ValidationError:
            raise BackendError("detail's response is not a catalog") from None

    async def _get(self) -> _Response:
        """Read at most MAX_BODY_BYTES, as they come: a compressed body is not unpacked."""
        async with self._client.stream("GET", self.url) as response:
            if response.status_code != 200:
                return _Response(response.status_code, b"")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise BackendError(
                        f"detail's response is larger than {MAX_BODY_BYTES // 1024} KiB"
                    )
            return _Response(response.status_code, bytes(body))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address (http_proxy, no_proxy).

    Raises UsageError for one that is no address.
    """
    target = httpx2.URL(url)
    if proxy_bypass(f"{target.host}:{target.port or 80}"):
        return None
    proxy = getproxies().get(target.scheme)
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        httpx2.Proxy(proxy)
    except (ValueError, httpx2.InvalidURL) as error:
        raise UsageError(
            f"{target.scheme}_proxy: {proxy[:100]!r} cannot be used: {error}"
        ) from None
    return proxy


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
