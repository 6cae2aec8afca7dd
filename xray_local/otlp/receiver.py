"""OTLP's HTTP side: `POST /v1/traces`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xray_local.errors import MalformedError
from xray_local.otlp.bodies import (
    MOST_BODY_BYTES,
    TooLargeError,
    inflate,
    read_json,
    read_protobuf,
)
from xray_local.otlp.reading import Rejected, read_request
from xray_local.store import TraceStore

PATH = "/v1/traces"
_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_AT_ONCE = 500
_INVALID_ARGUMENT = 3
_READERS: dict[str, Callable[[bytes], ExportTraceServiceRequest]] = {
    _PROTOBUF: read_protobuf,
    _JSON: read_json,
}


def routes(store: TraceStore) -> list[BaseRoute]:
    """The routes that take spans into `store`."""

    async def take(request: Request) -> Response:
        return await _take(store, request)

    return [Route(PATH, take, methods=["POST"])]


async def _take(store: TraceStore, request: Request) -> Response:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    reader = _READERS.get(media)
    if reader is None:
        store.count_malformed("media-type")
        text = f"the content type is neither {_PROTOBUF} nor {_JSON}"
        return _refusal(415, text, _JSON)
    try:
        body = await _body(request)
        message = reader(body)
    except ClientDisconnect:
        store.count_malformed("broken-off")
        return Response(status_code=400)
    except MalformedError as error:
        store.count_malformed(error.kind)
        return _refusal(413 if isinstance(error, TooLargeError) else 400, str(error), media)
    rejected = await _keep(store, message)
    return _answer(200, _response(rejected), media)


async def _body(request: Request) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise MalformedError("encoding", "the content encoding is neither gzip nor identity")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise TooLargeError
    return inflate(bytes(body)) if encoding == "gzip" else bytes(body)


async def _keep(store: TraceStore, message: ExportTraceServiceRequest) -> Rejected:
    """Keep the spans, some at a time, so that a large body does not hold others up."""
    rejected = Rejected()
    spans = read_request(message, rejected)
    while some := list(islice(spans, _AT_ONCE)):
        store.add(some)
        await asyncio.sleep(0)
    for kind, count in rejected.kinds.items():
        store.malformed[kind] += count
    return rejected


def _response(rejected: Rejected) -> ExportTraceServiceResponse:
    """Empty where all was taken (OTLP specification, "Full Success")."""
    response = ExportTraceServiceResponse()
    if count := rejected.kinds.total():
        response.partial_success.rejected_spans = count
        response.partial_success.error_message = rejected.text
    return response


def _refusal(status: int, text: str, media: str) -> Response:
    return _answer(status, Status(code=_INVALID_ARGUMENT, message=text), media)


def _answer(status: int, message: Message, media: str) -> Response:
    if media == _PROTOBUF:
        return Response(message.SerializeToString(), status, media_type=media)
    return Response(json_format.MessageToJson(message, indent=None), status, media_type=media)
