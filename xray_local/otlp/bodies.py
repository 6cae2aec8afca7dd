"""Bodies of OTLP/HTTP requests: gzip, protobuf and JSON to messages, within bounds. Pure.

OTLP's JSON is that of protobuf but for ids, which are hexadecimal digits, not base64 (OTLP
specification, "JSON Protobuf Encoding").
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from xray_local.checking import as_object, load_json
from xray_local.errors import MalformedError

MOST_BODY_BYTES = 16 * 1024 * 1024
"""Of a body, before and after it is inflated."""
_GZIP = 31
_IDS = frozenset(
    ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
)  # fmt: skip


class TooLargeError(MalformedError):
    """A body beyond MOST_BODY_BYTES."""

    def __init__(self) -> None:
        super().__init__("size", f"the body is larger than {MOST_BODY_BYTES} bytes")


def inflate(body: bytes) -> bytes:
    """The contents of a gzip body of one member or more. Raises MalformedError."""
    found = bytearray()
    while body:
        inflater = zlib.decompressobj(_GZIP)
        try:
            found += inflater.decompress(body, MOST_BODY_BYTES + 1 - len(found))
        except zlib.error:
            raise MalformedError("gzip", "the body is not gzip") from None
        if len(found) > MOST_BODY_BYTES:
            raise TooLargeError
        if not inflater.eof:
            raise MalformedError("gzip", "the gzip body ends too early")
        body = inflater.unused_data
    return bytes(found)


def read_protobuf(body: bytes) -> ExportTraceServiceRequest:
    """The message of a protobuf body. Raises MalformedError."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise MalformedError("protobuf", "the body is no ExportTraceServiceRequest") from None
    return request


def read_json(body: bytes) -> ExportTraceServiceRequest:
    """The message of a JSON body; an id that is not hexadecimal becomes none. MalformedError."""
    fields = as_object(load_json(body))
    request = ExportTraceServiceRequest()
    try:
        json_format.ParseDict(_with_binary_ids(fields), request, ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError("json", f"not OTLP: {error}"[:300]) from None
    return request


def _with_binary_ids(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with ids in base64, as protobuf's JSON has them; changes what it is given."""
    waiting: list[object] = [fields]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, one in value.items():
                if key in _IDS and isinstance(one, str):
                    value[key] = _base64_of_hex(one)
                elif key not in ("attributes", "value"):
                    waiting.append(one)
        elif isinstance(value, list):
            waiting += value
    return fields


def _base64_of_hex(digits: str) -> str:
    try:
        return base64.b64encode(bytes.fromhex(digits)).decode()
    except ValueError:
        return ""
