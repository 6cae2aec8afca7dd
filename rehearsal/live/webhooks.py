"""Webhooks on the wire, as Flagger's Go client sends them.

Names of the cluster are called through the mesh, as `http_proxy` would lead them there; everything
else is called directly. What Envoy answers by itself when nobody stands behind a name is put in the
words that Flagger, which is no part of the mesh, would have for it.
"""

import threading
import time
from collections.abc import Callable

from rehearsal.clock import ScaledClock
from rehearsal.errors import RehearsalError
from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.flagger.golang.url import UrlError
from rehearsal.gohttp import ClosedError, GoClient, Request, RequestFailedError, Response
from rehearsal.gohttp.request import host_of

# The processes behind a webhook are not faster because the clock is: up to so long they get the
# time that the webhook gives them, however the clock runs.
PATIENCE_S = 5.0
_LONGEST_WAIT_S = 86_400.0
_CONTENT_TYPE = (("Content-Type", "application/json"),)
_LOOPBACK = ("localhost", "127.", "::1")

Serves = Callable[[str], bool]


class HooksClosedError(RehearsalError):
    """A call was ended by `close`: neither accepted nor refused, so that the tick ends with it."""


def every_name(host: str) -> bool:
    """All hosts are the mesh's but this machine's own (as Go's proxy rules have it)."""
    return not host.startswith(_LOOPBACK)


class HttpHooks:
    """The controller's `Hooks` port: POST, with timeouts and waits on the canary's clock.

    `proxy` is the mesh's address; `serves` tells which hosts it stands for. `close` may be called
    from any thread: a call under way then raises HooksClosedError within moments, whatever its
    webhook does.
    """

    def __init__(self, clock: ScaledClock, proxy: str, serves: Serves = every_name) -> None:
        self._clock = clock
        self._serves = serves
        self._client = GoClient(lambda host: proxy if serves(host) else None)
        self._direct = GoClient()
        self._closed = threading.Event()

    def call(self, request: HookRequest) -> None:
        """Deliver it; raises HookFailed with Flagger's text, or HooksClosedError."""
        try:
            deliver(request, self._attempt, self._wait, time.time)
        except UrlError as error:
            raise HookFailed(str(error)) from None

    def close(self) -> None:
        """End the call that is under way, and refuse all that come."""
        self._closed.set()
        self._client.close()
        self._direct.close()

    def _wait(self, duration_s: float) -> None:
        if self._closed.wait(min(self._clock.real_s(duration_s), _LONGEST_WAIT_S)):
            raise HooksClosedError(_ENDED)

    def _attempt(self, request: HookRequest) -> Answer:
        client = self._direct if request.disable_tls else self._client
        sent = Request("POST", request.url, _CONTENT_TYPE, request.body)
        try:
            response = client.send(
                sent, self._timeout_s(request.timeout_s), verify=not request.disable_tls
            )
            self._check_behind_mesh(response)
        except RequestFailedError as error:
            raise TransportError(str(error), final=error.final, url=error.url) from None
        except ClosedError:
            raise HooksClosedError(_ENDED) from None
        retry_after = response.headers.get("retry-after")
        return Answer(response.status, response.body, retry_after, response.body_error)

    def _timeout_s(self, timeout_s: float) -> float:
        return max(self._clock.real_s(timeout_s), min(timeout_s, PATIENCE_S))

    def _check_behind_mesh(self, response: Response) -> None:
        """Raise RequestFailedError where Envoy itself answered, because nobody else could."""
        by_envoy = response.headers.get("server") == "envoy"
        if not by_envoy or "x-envoy-upstream-service-time" in response.headers:
            return
        host = host_of(response.url)
        if not self._serves(host):
            return
        if response.status == 404:
            raise RequestFailedError(f"dial tcp: lookup {host}: no such host", response.url)
        if response.status in (502, 503):
            raise RequestFailedError(_unreachable(response, host), response.url)


def _unreachable(response: Response, host: str) -> str:
    text = response.body.decode("utf-8", "replace")
    if "connection termination" in text or "remote reset" in text:
        return "EOF"
    return f"dial tcp {host}: connect: connection refused"


_ENDED = "the call of a webhook was ended"
