"""What a rehearsal collects: spans from both sides, and of which rollout they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rehearsal.live.traces import CollectedTraces, new_traceparent
from rehearsal.recording.records import StatusRecord, WeightRecord
from tests.xray_local.pages.samples import START_S, rehearsed
from xray_local.spans import PROXY

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def _collected(percent: float = 50.0) -> AsyncIterator[CollectedTraces]:
    traces = CollectedTraces(percent)
    try:
        yield traces
    finally:
        await traces.close()


def _status(phase: str) -> StatusRecord:
    return StatusRecord(0.0, "detail.flagger", phase, 0, 0, 0)


async def test_proxies_send_to_a_port_of_loopback() -> None:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for key, value in (("service.name", "gateway"), ("telemetry.sdk.name", "envoy")):
        group.resource.attributes.add(key=key).value.string_value = value
    span = group.scope_spans.add().spans.add(name="ingress", kind=2)
    span.trace_id, span.span_id = b"\x01" * 16, b"\x02" * 8
    span.start_time_unix_nano, span.end_time_unix_nano = 10**18, 10**18 + 1
    async with _collected() as traces:
        assert "127.0.0.1:" in (await traces.start())["AWS_XRAY_DAEMON_ADDRESS"]
        assert traces.tracing is not None
        assert traces.tracing.percent == 50.0
        async with httpx2.AsyncClient(trust_env=False) as client:
            response = await client.post(
                f"http://127.0.0.1:{traces.tracing.port}/v1/traces",
                content=request.SerializeToString(),
                headers={"content-type": "application/x-protobuf"},
            )
        assert response.status_code == 200
        graph, chosen = traces.chosen()
        assert (graph.traces, graph.nodes["gateway"].type) == (1, PROXY)
        assert chosen is not None


async def test_without_a_share_proxies_are_told_nothing() -> None:
    async with _collected(0.0) as traces:
        await traces.start()
        assert traces.tracing is None
        await asyncio.wait_for(traces.settle(), 0.5)


async def test_a_rollback_is_from_the_start_of_its_rollout_to_its_end() -> None:
    times = count(100)
    traces = CollectedTraces(0.0, lambda: float(next(times)))
    for phase in ("Initialized", "Progressing", "Promoting", "Succeeded"):
        traces.follow(_status(phase))
    assert traces.rollback_s is None
    for phase in ("Progressing", "Progressing", "Failed", "Failed"):
        traces.follow(_status(phase))
    traces.follow(WeightRecord(0.0, "detail.flagger", 100, 0, False, False))
    began_s, ended_s = traces.rollback_s or (0.0, 0.0)
    assert ended_s > began_s
    traces.follow(_status("Progressing"))
    traces.follow(_status("Succeeded"))
    assert traces.rollback_s == (began_s, ended_s)


async def test_chosen_is_the_slowest_failing_trace_of_the_rollback() -> None:
    traces = CollectedTraces(0.0, lambda: START_S + 100)
    before = rehearsed(1, 2, status=500, length_ms=900.0)
    within = [rehearsed(n, 3, status=500, length_ms=20.0 + n) for n in range(100, 110)]
    healthy = rehearsed(110, 2, length_ms=500.0)
    for trace in (before, *within, healthy):
        traces.store.add(trace.spans)
    _, first = traces.chosen()
    assert first is not None
    traces.rollback_s = (START_S + 0.9, START_S + 2.0)
    graph, chosen = traces.chosen()
    assert chosen is not None
    assert chosen.id == within[-1].id
    assert graph.traces == 11
    assert graph.nodes["Product-Detail-V2"].statistics.fault == 0
    assert graph.nodes["Product-Detail-V3"].statistics.ok == 0


async def test_the_map_of_the_last_seconds_forgets() -> None:
    now_s = [START_S + 1.0]
    traces = CollectedTraces(0.0, lambda: now_s[0])
    traces.store.add(rehearsed(1, 2).spans)
    assert traces.recent(10.0).traces == 1
    now_s[0] += 60
    assert traces.recent(10.0).traces == 0


def test_ids_of_traces_hold_their_time() -> None:
    version, trace_id, span_id, flags = new_traceparent(START_S).split("-")
    assert (version, flags, len(span_id)) == ("00", "01", 16)
    assert int(trace_id[:8], 16) == int(START_S)
    assert len(trace_id) == 32
