"""Envoy's spans, sent by a real Envoy to a collector that decodes them with OpenTelemetry's own."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rehearsal.live.mesh.envoy import Envoy, find_envoy
from rehearsal.live.mesh.resources import bootstrap, render
from rehearsal.live.mesh.topology import Destination, Rule, Service, Topology
from rehearsal.live.mesh.tracing import Tracing, connection_manager, sidecar_name
from rehearsal.live.process_group import ProcessGroup
from tests.rehearsal.live.mesh.test_resources import FOLDER, TOPOLOGY

SAMPLED = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
UNSAMPLED = {"traceparent": f"00-{'ef' * 16}-{'cd' * 8}-00"}


def _tracers(topology: Topology) -> dict[str, str]:
    """The name under which each listener makes spans."""
    files = render(topology, FOLDER, "e1", 0)
    found = {}
    for listener in files["lds.json"]["resources"]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        if "tracing" in manager:
            config = manager["tracing"]["provider"]["typed_config"]
            found[listener["name"]] = config["service_name"]
    return found


def _traced(percent: float = 5.0, port: int = 4318) -> Topology:
    return Topology(
        services=TOPOLOGY.services,
        clusters=TOPOLOGY.clusters,
        egresses=("frontend.flagger",),
        tracing=Tracing(port, percent),
    ).with_pod("pod-1", 4001, sidecar_name("detail-primary", "flagger"))


def test_proxies_have_names_in_traces() -> None:
    assert _tracers(_traced()) == {
        "mesh": "gateway",
        "egress-frontend.flagger": "frontend.flagger",
        "pod-1": "detail-primary.flagger",
    }


def test_without_a_trace_store_nothing_is_traced() -> None:
    assert _tracers(TOPOLOGY) == {}
    assert "opentelemetry" not in json.dumps(render(TOPOLOGY, FOLDER, "e1", 0))


def test_a_fault_leaves_the_sidecar_its_name() -> None:
    assert _tracers(_traced().with_faults({"pod-1": ()}))["pod-1"] == "detail-primary.flagger"


def test_the_share_is_in_millionths() -> None:
    config: Any = connection_manager(Tracing(4318, 0.25), "a")
    sampler = config["tracing"]["provider"]["typed_config"]["sampler"]["typed_config"]
    percentage = sampler["wrapped_sampler"]["typed_config"]["sampling_percentage"]
    assert percentage == {"numerator": 2500, "denominator": "MILLION"}


def test_spans_leave_soon_and_in_company() -> None:
    (layer,) = bootstrap(FOLDER, "e1", 0.125)["layered_runtime"]["layers"]
    assert layer["static_layer"]["tracing.opentelemetry.flush_interval_ms"] <= 500


@dataclass
class Span:
    service: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Collector:
    port: int = 0
    spans: list[Span] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for span in (s for scope in resource.scope_spans for s in scope.spans):
                attributes = {a.key: a.value.string_value for a in span.attributes}
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                self.spans.append(Span(names["service.name"], *ids, names | attributes))


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


@asynccontextmanager
async def _collector() -> AsyncIterator[Collector]:
    """Takes spans at any path, and is the application as well: it keeps the headers it gets."""
    collector = Collector()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readline():
            headers = {}
            while line := (await reader.readline()).strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = await _body(reader, headers)
            if request.startswith(b"POST /v1/traces "):
                collector.take(body)
            else:
                collector.headers.append(headers)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    collector.port = server.sockets[0].getsockname()[1]
    try:
        yield collector
    finally:
        server.close()


def _detail(collector: Collector, percent: float) -> Topology:
    service = Service("detail", ("detail.flagger",), (Rule((Destination("primary", 100),)),))
    traced = Topology(
        services=(service,),
        clusters={"primary": ("pod-1",)},
        egresses=("frontend.flagger",),
        tracing=Tracing(collector.port, percent),
    )
    return traced.with_pod("pod-1", collector.port, sidecar_name("detail-primary", "flagger"))


@asynccontextmanager
async def _envoy(topology: Topology) -> AsyncIterator[Envoy]:
    processes = ProcessGroup()
    try:
        envoy = Envoy(processes, find_envoy(), 0, 0.05, topology)
        await envoy.start()
        yield envoy
        await envoy.close()
    finally:
        await processes.close()


async def _ask(port: int, times: int, headers: dict[str, str]) -> None:
    proxy = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(proxy=proxy, trust_env=False) as client:
        for _ in range(times):
            await client.get("http://detail.flagger:3000/catalogDetail", headers=headers)


async def _spans(collector: Collector, count: int) -> list[Span]:
    for _ in range(200):
        if len(collector.spans) >= count:
            break
        await asyncio.sleep(0.05)
    return collector.spans


@pytest.mark.e2e
@pytest.mark.anyio
async def test_proxies_join_the_trace_that_they_are_in() -> None:
    async with _collector() as collector, _envoy(_detail(collector, 0.0)) as envoy:
        await _ask(envoy.port, 1, SAMPLED)
        await _ask(await envoy.egress_port("frontend.flagger"), 1, SAMPLED)
        await _ask(envoy.port, 50, UNSAMPLED)
        await _ask(envoy.port, 50, {})
        spans = await _spans(collector, 4)

        by_parent = defaultdict(list)
        for span in spans:
            assert span.trace == "ab" * 16
            assert span.attributes["telemetry.sdk.name"] == "envoy"
            assert span.attributes["http.status_code"] == "200"
            by_parent[span.parent].append(span)
        first = by_parent["cd" * 8]
        assert sorted(span.service for span in first) == ["frontend.flagger", "gateway"]
        last = [inner.service for span in first for inner in by_parent[span.id]]
        assert last == ["detail-primary.flagger"] * 2
        sent = {span.id for found in by_parent.values() for span in found} - {s.id for s in first}
        assert {h["traceparent"].split("-")[2] for h in collector.headers[:2]} == sent


@pytest.mark.e2e
@pytest.mark.anyio
async def test_of_requests_without_a_trace_a_share_begins_one() -> None:
    async with _collector() as collector, _envoy(_detail(collector, 50.0)) as envoy:
        await _ask(envoy.port, 200, {})
        await _spans(collector, 120)
        await asyncio.sleep(1.0)
        gateways = [span for span in collector.spans if span.service == "gateway"]
        assert 60 < len(gateways) < 140
        assert len(collector.spans) == 2 * len(gateways)
        flags = [h["traceparent"].rsplit("-", 1)[1] for h in collector.headers]
        assert flags.count("01") == len(gateways)
