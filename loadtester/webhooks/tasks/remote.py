"""Calls to another server that answers JSON objects: what concord and ngrinder have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from loadtester.webhooks.errors import BadTaskError, RemoteError

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Remote:
    """A server under ``base_url``; RemoteError is all that can go wrong with a call."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)

    async def call(self, method: str, path: str, files: Any = None) -> dict[str, Any]:
        """The JSON object that the server answers."""
        import httpx  # takes a fifth of a second to import, and most servers never call anybody

        try:
            async with httpx.AsyncClient(
                base_url=self.base_url, headers=self.headers, auth=self.auth, timeout=_TIMEOUT_S
            ) as client:
                response = await client.request(method, path, files=files)
                value = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise RemoteError(f"{method} {path}: {error!r}") from error
        if not isinstance(value, dict):
            raise RemoteError(f"{method} {path}: the answer is not a JSON object")
        return value


def base_url(text: str, status: int = 400) -> str:
    """``text`` if it is a http or https URL, else BadTaskError."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise BadTaskError(f"invalid url: {text}: server must be a http or https URL", status)
    return text
