"""Other servers that answer JSON objects: what concord and ngrinder have in common."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from loadtester.webhooks.errors import RemoteError

T = TypeVar("T")
_CALL_S = 60.0
_MOST_BYTES = 1 << 20
_SHOWN = 200


@dataclass(frozen=True)
class Remote:
    """A server under `base_url`; RemoteError is all that can go wrong with a call."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)

    async def call(self, method: str, path: str, files: Any = None) -> dict[str, Any]:
        """The JSON object of the response, of at most 1 MiB within a minute."""
        try:
            async with asyncio.timeout(_CALL_S):
                body = await self._body(method, path, files)
            value = json.loads(body)
        except TimeoutError:
            raise RemoteError(f"{method} {path}: no response within {_CALL_S:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
            said = f"{type(error).__name__}: {error}"[:_SHOWN]
            raise RemoteError(f"{method} {path}: {said}") from error
        if not isinstance(value, dict):
            raise RemoteError(f"{method} {path}: the response is not a JSON object")
        return value

    async def _body(self, method: str, path: str, files: Any) -> bytes:
        headers = {"Accept-Encoding": "identity", **self.headers}
        async with (
            httpx2.AsyncClient(base_url=self.base_url, auth=self.auth, timeout=_CALL_S) as client,
            client.stream(method, path, headers=headers, files=files) as response,
        ):
            return await read_body(response)


async def read_body(response: httpx2.Response, most_bytes: int = _MOST_BYTES) -> bytes:
    """The body as it came, not decompressed, cut off at `most_bytes`."""
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])


async def poll(ask: Callable[[], Awaitable[T | None]], interval_s: float) -> T:
    """Ask again and again, `interval_s` apart, until there is an answer."""
    while True:
        await asyncio.sleep(interval_s)
        if (found := await ask()) is not None:
            return found
