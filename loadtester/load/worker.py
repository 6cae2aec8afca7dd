"""A worker: one request at a time, from planned to recorded, over connections of its own."""

import asyncio
import time
from abc import ABC, abstractmethod
from typing import Final

from commons.units import NS_PER_S
from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Response
from loadtester.load.http1.response import ResponseReader
from loadtester.load.http2.connection import Http2Connection, speaks_http2
from loadtester.load.measuring.recorder import Recorder
from loadtester.load.plan import Transport
from loadtester.load.timer import NEVER
from loadtester.load.transport.connection import Connection, Owner
from loadtester.load.transport.dialer import Attempt, Dialed, Dialer
from loadtester.load.transport.failures import RequestPhase, timeout_failure
from loadtester.load.transport.poller import Poller
from loadtester.load.transport.route import Hop, Origin, Router

_now_ns: Final = time.monotonic_ns


class Dispatcher(ABC):
    """Whoever gives a worker its requests."""

    @abstractmethod
    def worker_free(self, worker: "Worker", end_ns: int) -> None:
        """A worker has ended a request at `end_ns`."""


class Worker(Owner):
    """A worker of the closed model, a connection's place in the open one.

    Carries one request through dialing, redirects, one retry on a connection that had died
    idle, and tells `recorder` how it ended and `dispatcher` that it is free again.
    """

    __slots__ = (
        "_attempt",
        "_connections",
        "_detoured",
        "_dialer",
        "_dialing",
        "_dispatcher",
        "_first",
        "_first_connection",
        "_hop",
        "_max_age_ns",
        "_poller",
        "_recorder",
        "_redirects",
        "_retried",
        "_reuse_cap",
        "_router",
        "_timeout_ns",
        "_transport",
        "busy",
        "tick",
    )

    def __init__(
        self,
        transport: Transport,
        router: Router,
        dialer: Dialer,
        recorder: Recorder,
        poller: Poller,
        dispatcher: Dispatcher,
    ) -> None:
        super().__init__()
        self._transport = transport
        self._router = router
        self._dialer = dialer
        self._recorder = recorder
        self._poller = poller
        self._dispatcher = dispatcher
        self._first = self._hop = router.first
        self._first_connection: Connection | None = None
        self._connections: dict[Origin, Connection] = {}
        self._attempt = Attempt()
        self._dialing: asyncio.Task[None] | None = None
        self._timeout_ns = int(transport.timeout_s * NS_PER_S) or NEVER
        self._max_age_ns = int((transport.max_age_s or 0) * NS_PER_S) or NEVER
        self._reuse_cap = (transport.reuse_cap or NEVER) if transport.keep_alive else 1
        self._redirects = 0
        self._detoured = False
        self._retried = False
        self.busy = False
        self.tick = 0
        """For PacedDriver: the last tick that was decided about."""

    def start(self, planned_ns: int | None = None) -> None:
        """Send the plan's request now, on account of `planned_ns` (None: of now)."""
        self.busy = True
        if self._detoured:
            self._back_on_track()
        connection = self._first_connection
        self.sent_ns = now_ns = _now_ns()
        self.planned_ns = now_ns if planned_ns is None else planned_ns
        if connection is None or now_ns - connection.opened_ns > self._max_age_ns:
            self._send(self._first)
            return
        self.writing_ns = now_ns
        connection.send(self._first)
        self.written_ns = _now_ns()

    def _back_on_track(self) -> None:
        self._detoured = self._retried = False
        self._redirects = self.dialup_ns = self.dns_ns = 0
        self._hop = self._first

    def _send(self, hop: Hop) -> None:
        """Send a hop, on its connection if there is a live one, else on a fresh one."""
        self._hop = hop
        self._detoured = True
        connection = self._connections.get(hop.origin)
        if connection is not None and _now_ns() - connection.opened_ns > self._max_age_ns:
            self._forget(connection)
            connection = None
        if connection is None:
            self._dialing = asyncio.get_running_loop().create_task(self._dial(hop))
            self._dialing.add_done_callback(_report_defects)
        else:
            self._write(connection, hop)

    def _write(self, connection: Connection, hop: Hop) -> None:
        self.writing_ns = _now_ns()
        connection.send(hop)
        self.written_ns = _now_ns()

    async def _dial(self, hop: Hop) -> None:
        try:
            connection = await self.connect(hop)
        except RequestFailed as failure:
            self._dialing = None
            self._fail(failure)
            return
        self._dialing = None
        self._write(connection, hop)

    async def connect(self, hop: Hop | None = None) -> Connection:
        """Open the connection for a hop (None: the first), and keep it. RequestFailed if none."""
        hop = hop or self._first
        self._detoured = True
        self._recorder.connection_opened()
        started_ns = _now_ns()
        self._attempt = Attempt()
        try:
            dialed = await self._dialer.dial(hop.origin, self._attempt)
        finally:
            self.dialup_ns += _now_ns() - started_ns
        self.dns_ns += dialed.dns_ns
        connection = self._connection(dialed, hop)
        self._connections[hop.origin] = connection
        if hop.origin == self._first.origin:
            self._first_connection = connection
        return connection

    def _connection(self, dialed: Dialed, hop: Hop) -> Connection:
        cap_bytes = self._transport.body_cap_bytes
        reader = ResponseReader(hop.heads, cap_bytes)
        if speaks_http2(self._transport, hop.origin, dialed.alpn):
            return Http2Connection(dialed.sock, reader, hop.origin, self, self._poller, cap_bytes)
        return Connection(dialed.sock, reader, hop.origin, self, self._poller)

    def on_response(self, connection: Connection, response: Response, end_ns: int) -> None:
        """The request in flight is answered: record it, or follow the redirect."""
        if not response.keep_alive or self._is_used_up(connection):
            self._forget(connection)
        if response.location is not None and self._transport.max_redirects:
            self._redirect(response)
            return
        self._recorder.request_completed(self, response, connection.first_ns, end_ns)
        self.busy = False
        self._dispatcher.worker_free(self, end_ns)

    def _is_used_up(self, connection: Connection) -> bool:
        return connection.requests >= self._reuse_cap or bool(connection.unsent)

    def on_refused(self, connection: Connection, failure: RequestFailed, end_ns: int) -> None:
        """The request in flight has failed, and its connection has not."""
        if self._is_used_up(connection):
            self._forget(connection)
        self._fail(failure, end_ns)

    def _redirect(self, response: Response) -> None:
        limit = self._transport.max_redirects
        if self._redirects >= limit:
            detail = f"stopped after {limit} redirects"
            self._fail(RequestFailed(ErrorClass.TOO_MANY_REDIRECTS, detail))
            return
        self._redirects += 1
        self._recorder.redirect_followed()
        try:
            hop = self._router.follow(self._hop, response)
        except RequestFailed as failure:
            self._fail(failure)
            return
        self._send(hop)

    def on_lost(self, connection: Connection, failure: RequestFailed | None) -> None:
        """A connection closed under us. An idle one is only forgotten.

        As Go's http.Transport does: a request on a reused connection that ended before the
        first byte of a response met the server's idle timeout; it is sent again, once, on a
        fresh connection, on the account of the same planned time.
        """
        self._forget(connection)
        if failure is None or not self.busy:
            return
        was_idle = connection.requests > 1 and not connection.response_begun
        if was_idle and not self._retried and self._hop.is_replayable:
            self._retried = True
            self._recorder.request_resent()
            self._send(self._hop)
            return
        self._fail(failure)

    def _fail(self, failure: RequestFailed, end_ns: int | None = None) -> None:
        if end_ns is None:
            end_ns = _now_ns()
        spec = self._first.spec
        message = f'{spec.method.capitalize()} "{self._hop.spec.shown_url}": {failure.detail}'
        self.busy = False
        self._recorder.request_failed(self, failure.error_class, message, end_ns)
        self._dispatcher.worker_free(self, end_ns)

    def deadline_ns(self) -> int:
        """When the request in flight times out."""
        return self.sent_ns + self._timeout_ns

    def connect_deadline_ns(self) -> int:
        """When the connect under way times out; NEVER when there is none."""
        limit_s = self._transport.connect_timeout_s
        if self._dialing is None or not limit_s:
            return NEVER
        return self.sent_ns + int(limit_s * NS_PER_S)

    def expire(self) -> None:
        """The request in flight has timed out."""
        phase = self._phase()
        self.close()
        self._fail(timeout_failure(phase))

    def _phase(self) -> RequestPhase:
        if self._dialing is not None:
            return self._attempt.phase
        connection = self._connections.get(self._hop.origin)
        return connection.phase if connection is not None else RequestPhase.HEADERS

    def abort(self) -> None:
        """Cut off the request in flight because the run is over."""
        self.close()
        self.busy = False
        self._recorder.request_aborted(self, _now_ns())

    def close(self) -> None:
        """Close every connection; nobody is told."""
        if self._dialing is not None:
            self._dialing.cancel()
            self._dialing = None
        for connection in list(self._connections.values()):
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        connection.close()
        self._recorder.transferred(*connection.take_byte_counts())
        if self._connections.get(connection.origin) is connection:
            del self._connections[connection.origin]
        if connection is self._first_connection:
            self._first_connection = None

    def settle(self) -> None:
        """Hand the byte counts of living connections to the recorder."""
        for connection in self._connections.values():
            self._recorder.transferred(*connection.take_byte_counts())


def _report_defects(task: "asyncio.Task[None]") -> None:
    """Raise here, for the loop's handler to see, what no failure of a request accounts for."""
    if not task.cancelled():
        task.result()
