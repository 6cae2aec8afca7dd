"""Attributes: OTLP's key-value lists to plain values, and what X-Ray calls them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xray_local.checking import MOST_KEYS, MOST_NAME, printable
from xray_local.spans import PROXY, Http, Scalar

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

MOST_DEPTH = 8
_MOST_ITEMS = 100
_ORIGINS = {
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
    "aws_lambda": "AWS::Lambda::Function",
}
_PEERS = (
    "peer.service",
    "rpc.service",
    "messaging.destination.name",
    "server.address",
    "net.peer.name",
    "db.namespace",
    "db.name",
    "db.system.name",
    "db.system",
)
Attributes = Mapping[str, object]


def plain(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """Plain values by key, at most 200; of equal keys the last counts."""
    found: dict[str, object] = {}
    for pair in pairs:
        if len(found) == MOST_KEYS:
            break
        found[printable(pair.key, MOST_NAME)] = plain_value(pair.value)
    return found


def plain_value(value: AnyValue, depth: int = 0) -> object:
    """Text, number, truth, list or object; bytes as hexadecimal digits."""
    match value.WhichOneof("value"):
        case "string_value":
            return printable(value.string_value)
        case "int_value":
            return value.int_value
        case "bool_value":
            return value.bool_value
        case "double_value":
            return value.double_value if -1e300 < value.double_value < 1e300 else None
        case "bytes_value":
            return value.bytes_value[:_MOST_ITEMS].hex()
        case "array_value" if depth < MOST_DEPTH:
            return [plain_value(one, depth + 1) for one in value.array_value.values[:_MOST_ITEMS]]
        case "kvlist_value" if depth < MOST_DEPTH:
            pairs = value.kvlist_value.values[:_MOST_ITEMS]
            return {printable(p.key, MOST_NAME): plain_value(p.value, depth + 1) for p in pairs}
    return None


def scalars(attributes: Attributes) -> dict[str, Scalar]:
    """Those that can be annotations."""
    return {
        key: value
        for key, value in attributes.items()
        if isinstance(value, str | bool | int | float)
    }


def text(attributes: Attributes, *names: str) -> str:
    """The first of these that is a text; "" where none is."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def whole(attributes: Attributes, *names: str) -> int:
    """The first of these that is a whole number from 0 on, or digits (Envoy's are); else 0."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str) and len(value) < 16 and value.isascii() and value.isdigit():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return 0


def http(attributes: Attributes) -> Http:
    """The request and response that attributes describe."""
    status = whole(attributes, "http.response.status_code", "http.status_code")
    return Http(
        method=text(attributes, "http.request.method", "http.method"),
        url=_url(attributes),
        status=status if status <= 999 else 0,
        user_agent=text(attributes, "user_agent.original", "http.user_agent", "user_agent"),
        client_ip=text(attributes, "client.address", "http.client_ip", "peer.address"),
        content_length_bytes=whole(
            attributes,
            "http.response.body.size",
            "http.response_content_length",
            "response_size",
        ),
    )


def _url(attributes: Attributes) -> str:
    known = text(attributes, "url.full", "http.url")
    path = text(attributes, "url.path", "http.target")
    if known or not path:
        return known
    host = text(attributes, "server.address", "http.host", "net.host.name", "http.server_name")
    port = whole(attributes, "server.port", "net.host.port")
    scheme = text(attributes, "url.scheme", "http.scheme") or "http"
    query = text(attributes, "url.query")
    where = f"{host}:{port}" if port and ":" not in host and port not in (80, 443) else host
    return f"{scheme}://{where}{path}{'?' + query if query else ''}" if host else path


def peer(attributes: Attributes) -> str:
    """The callee, as far as its caller can name it; "" where it does not."""
    named = text(attributes, *_PEERS)
    if named:
        return named
    try:
        return urlsplit(text(attributes, "url.full", "http.url")).hostname or ""
    except ValueError:
        return ""


def origin(resource: Attributes) -> str:
    """X-Ray's type of the service; "" where the resource does not say."""
    if text(resource, "telemetry.sdk.name") == "envoy":
        return PROXY
    return _ORIGINS.get(text(resource, "cloud.platform"), "")
