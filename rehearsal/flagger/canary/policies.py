"""`spec.service.corsPolicy` and `trafficPolicy`: Istio's shapes, checked as Flagger's CRD does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import Flag, GoInt32, GoInt64, Text


class OriginMatch(Part):
    """Allowed origins: exactly one of the three kinds."""

    exact: Text | None = None
    prefix: Text | None = None
    regex: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and len(data.keys() & {"exact", "prefix", "regex"}) != 1:
            raise PydanticCustomError("match", "must have exactly one of exact, prefix or regex")
        return data


class CorsPolicy(Part):
    """Which other origins may call."""

    allow_origin: tuple[Text, ...] = ()
    allow_origins: tuple[OriginMatch, ...] = ()
    allow_methods: tuple[Text, ...] = ()
    allow_headers: tuple[Text, ...] = ()
    expose_headers: tuple[Text, ...] = ()
    max_age: Text = ""
    allow_credentials: Flag = False


class HttpConnectionPool(Part):
    """Limits on HTTP connections."""

    h2_upgrade_policy: Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] | None = None
    http1_max_pending_requests: GoInt32 = 0
    http2_max_requests: GoInt32 = 0
    idle_timeout: Text = ""
    max_requests_per_connection: GoInt32 = 0
    max_retries: GoInt32 = 0


class ConnectionPool(Part):
    """Limits on connections."""

    http: HttpConnectionPool | None = None


class HttpCookie(Part):
    """The cookie a consistent hash is made from."""

    name: Text = ""
    path: Text = ""
    ttl: Text = ""


class ConsistentHash(Part):
    """What a request is hashed by; the load balancer checks that it is exactly one thing."""

    http_header_name: Text | None = None
    http_cookie: HttpCookie | None = None
    use_source_ip: Flag | None = None
    http_query_parameter_name: Text | None = None
    minimum_ring_size: GoInt64 = 0


class Distribution(Part):
    """Where the requests of one locality go, in percent."""

    from_: Text = ""
    to: Annotated[Mapping[str, GoInt64], Field(default_factory=dict)]


class Failover(Part):
    """Where the requests of a locality go when it fails."""

    from_: Text = ""
    to: Text = ""


class LocalityLoadBalancing(Part):
    """How localities share requests."""

    distribute: tuple[Distribution, ...] = ()
    failover: tuple[Failover, ...] = ()
    enabled: Flag = False


_HASHES = {"httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"}


class LoadBalancer(Part):
    """Exactly one of `simple` and `consistentHash`."""

    simple: (
        Literal["ROUND_ROBIN", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "LEAST_REQUEST"] | None
    ) = None
    consistent_hash: ConsistentHash | None = None
    locality_lb_setting: LocalityLoadBalancing | None = None
    warmup_duration_secs: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, data: Any) -> Any:
        """The CRD's `oneOf`: a consistentHash counts when it has exactly one kind."""
        if not isinstance(data, Mapping):
            return data
        hashed = data.get("consistentHash")
        kinds = len(hashed.keys() & _HASHES) if isinstance(hashed, Mapping) else 1
        if ("simple" in data) == ("consistentHash" in data and kinds == 1):
            raise PydanticCustomError(
                "load_balancer",
                "must have exactly one of simple and consistentHash, and a consistentHash exactly"
                " one of httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName",
            )
        return data


class OutlierDetection(Part):
    """When an endpoint is left out."""

    base_ejection_time: Text = ""
    consecutive_errors: GoInt32 = 0
    consecutive5xx_errors: GoInt64 = 0
    consecutive_gateway_errors: GoInt64 = 0
    consecutive_local_origin_failures: GoInt64 = 0
    interval: Text = ""
    max_ejection_percent: GoInt32 = 0
    min_health_percent: GoInt32 = 0
    split_external_local_origin_errors: Flag = False


class ClientTls(Part):
    """How the proxy speaks TLS to the endpoints."""

    mode: Literal["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] | None = None
    client_certificate: Text = ""
    private_key: Text = ""
    ca_certificates: Text = ""
    subject_alt_names: tuple[Text, ...] = ()
    sni: Text = ""


class TrafficPolicy(Part):
    """The policy of the generated DestinationRules."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
