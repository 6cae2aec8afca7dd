"""Webhooks on the wire, through the mesh, as Flagger's Go client sends them."""

import ssl
import time

import httpx

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.ports import HookRequest

# The processes behind a webhook are not faster because the clock is.
PATIENCE_S = 5.0
_REDIRECTS = 10
_HEADERS = {
    "User-Agent": "Go-http-client/1.1",
    "Content-Type": "application/json",
    "Accept-Encoding": "gzip",
}


class HttpHooks:
    """The controller's `Hooks` port: POST through `proxy`, timeouts on the canary's clock."""

    def __init__(self, clock: ScaledClock, proxy: str) -> None:
        self._clock = clock
        self._proxy = proxy

    def call(self, request: HookRequest) -> None:
        deliver(request, self._attempt, self._wait, time.time)

    def _wait(self, duration_s: float) -> None:
        time.sleep(self._clock.real_s(duration_s))

    def _attempt(self, request: HookRequest) -> Answer:
        timeout_s = max(PATIENCE_S, self._clock.real_s(request.timeout_s))
        try:
            with self._client(request, timeout_s) as client:
                answer = client.post(request.url, content=request.body, headers=_HEADERS)
        except httpx.HTTPError as error:
            raise _transport_error(error) from None
        except httpx.InvalidURL as error:
            raise TransportError(str(error), final=True) from None
        return Answer(answer.status_code, answer.content, answer.headers.get("Retry-After"))

    def _client(self, request: HookRequest, timeout_s: float) -> httpx.Client:
        return httpx.Client(
            proxy=None if request.disable_tls else self._proxy,
            verify=not request.disable_tls,
            trust_env=False,
            timeout=timeout_s,
            follow_redirects=True,
            max_redirects=_REDIRECTS,
        )


def _transport_error(error: httpx.HTTPError) -> TransportError:
    match error:
        case httpx.TimeoutException():
            text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return TransportError(text)
        case httpx.TooManyRedirects():
            return TransportError(f"stopped after {_REDIRECTS} redirects", final=True)
        case httpx.UnsupportedProtocol():
            return TransportError(f"unsupported protocol scheme: {error}", final=True)
        case httpx.RemoteProtocolError():
            return TransportError("EOF")
        case httpx.ConnectError() if isinstance(error.__context__, ssl.SSLError):
            return TransportError(f"tls: failed to verify certificate: {error}", final=True)
        case _:
            return TransportError(str(error) or type(error).__name__)
