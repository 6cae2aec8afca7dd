"""The traces of a rehearsal: its applications' segments, its proxies' spans, when it failed."""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable, Generator
from typing import Any

import httpx2

from rehearsal.flagger.canary.model import Phase
from rehearsal.live.loopback import loopback_client
from rehearsal.live.mesh.tracing import Tracing
from rehearsal.recording import Record
from rehearsal.recording.records import StatusRecord
from xray_local.pages.kept_graph import KeptGraph
from xray_local.segments.daemon import SegmentDaemon
from xray_local.service_graph import ServiceGraph
from xray_local.store import TraceStore, most_interesting, slowest_failing
from xray_local.trace import Trace

_RUNNING = (Phase.PROGRESSING, Phase.WAITING, Phase.WAITING_PROMOTION, Phase.PROMOTING)
_READING_S = 0.25
_LAST_SPANS_S = 0.7
_GRAPH_S = 1.0


class CollectedTraces:
    """A store, and what fills it: a daemon for segments and a receiver of OTLP, on loopback.

    `rollback_s` is when the last rollout that failed began and ended, seconds since the epoch;
    None while none has failed.
    """

    def __init__(self, percent: float, clock: Callable[[], float] = time.time) -> None:
        self.store = TraceStore()
        self.kept = KeptGraph(self.store, budget_s=_GRAPH_S)
        self.rollback_s: tuple[float, float] | None = None
        self.tracing: Tracing | None = None
        self._percent = percent
        self._clock = clock
        self._daemon = SegmentDaemon(self.store)
        self._receiver: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._began_s: dict[str, float] = {}

    async def start(self) -> dict[str, str]:
        """Listen; what applications have to know in their environment."""
        address = await self._daemon.start()
        if self._percent > 0:
            self.tracing = self._start_receiver()
        return {"AWS_XRAY_DAEMON_ADDRESS": address}

    def _start_receiver(self) -> Tracing | None:
        """Take OTLP from the proxies; None where the packages for it are missing."""
        try:
            import uvicorn  # only here: both are slow to import
            from starlette.applications import Starlette

            from xray_local.otlp import receiver
        except ImportError:
            return None

        class Server(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Generator[None, None, None]:
                yield

        listener = socket.create_server(("127.0.0.1", 0))
        application = Starlette(routes=receiver.routes(self.store))
        self._receiver = Server(
            uvicorn.Config(
                application, ws="none", lifespan="off", log_config=None, access_log=False,
                timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        self._serving = asyncio.create_task(self._receiver.serve([listener]))
        return Tracing(listener.getsockname()[1], self._percent)

    def follow(self, record: Record) -> None:
        """Note when rollouts begin and fail."""
        if not isinstance(record, StatusRecord):
            return
        if record.phase in _RUNNING:
            self._began_s.setdefault(record.canary, self._clock())
            return
        began_s = self._began_s.pop(record.canary, None)
        if record.phase == Phase.FAILED and began_s is not None:
            self.rollback_s = (began_s, self._clock())

    def chosen(self) -> tuple[ServiceGraph, Trace | None]:
        """The map and the trace worth showing: of the last rollback, if there was one.

        Its trace is the slowest failing one; without a rollback it is the most interesting of all.
        """
        if self.rollback_s is not None:
            start_s, end_s = self.rollback_s
            chosen = slowest_failing(self.store.traces(start_s, end_s))
            if chosen is not None:
                return self.kept.graph(start_s, end_s).graph, chosen
        return self.kept.graph().graph, most_interesting(self.store.traces())

    def recent(self, seconds: float) -> ServiceGraph:
        """The map of the traces that began in the last seconds."""
        return self.kept.graph(start_s=self._clock() - seconds).graph

    async def settle(self) -> None:
        """Wait until proxies have sent the spans that they hold back."""
        if self.tracing is not None:
            await asyncio.sleep(_LAST_SPANS_S)

    async def close(self) -> None:
        self._daemon.close()
        if self._receiver is not None and self._serving is not None:
            self._receiver.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)


async def read_often(url: str, proxy: str) -> None:
    """Ask for a page now and then, each time in a trace that everybody is to record."""
    async with loopback_client(proxy=proxy, timeout=10.0) as client:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                await client.get(url, headers={"traceparent": new_traceparent(time.time())})
            await asyncio.sleep(_READING_S)


def new_traceparent(now_s: float) -> str:
    """The header of a request that begins a trace; its id holds the time, as X-Ray's ids do."""
    trace_id = f"{int(now_s) & 0xFFFFFFFF:08x}{secrets.token_hex(12)}"
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"
