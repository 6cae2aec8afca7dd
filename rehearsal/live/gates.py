"""The gates of the load tester, as its own API opens and closes them."""

from typing import Literal

import httpx2

from rehearsal.errors import LiveWorldError
from rehearsal.live.loopback import loopback_client

GateKind = Literal["gate", "rollback"]


class Gates:
    """Opens and closes the gates that confirm-* and rollback webhooks ask."""

    def __init__(self, port: int) -> None:
        self._client = loopback_client(base_url=f"http://127.0.0.1:{port}", timeout=10.0)

    async def set(self, name: str, namespace: str, kind: GateKind, opened: bool) -> None:
        """Open or close the gate of a canary; LiveWorldError when it is not acknowledged."""
        path = f"/{kind}/{'open' if opened else 'close'}"
        try:
            response = await self._client.post(path, json={"name": name, "namespace": namespace})
        except httpx2.HTTPError as error:
            raise LiveWorldError(f"the load tester did not answer {path}: {error!r}") from None
        if not response.is_success:
            raise LiveWorldError(f"the load tester refused {path}: {response.status_code}")

    async def close(self) -> None:
        await self._client.aclose()
