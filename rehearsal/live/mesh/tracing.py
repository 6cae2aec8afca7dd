"""What Envoy's OpenTelemetry tracer is told: where spans go, under which names, and how many. Pure.

The first proxy that a request meets decides whether it is traced, and those after it follow the
`traceparent` that it wrote; so do the services, which read that header too. The share is that of
X-Ray's default rule, and that of App Mesh's proxies
(envoy.extensions.tracers.opentelemetry.samplers.v3, envoy.config.trace.v3.OpenTelemetryConfig).
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

CLUSTER = "opentelemetry"
GATEWAY = "gateway"
PATH = "/v1/traces"
_TYPE = "type.googleapis.com/envoy."
_SAMPLERS = "extensions.tracers.opentelemetry.samplers.v3."
_MAX_PATH = 512
# Without this a request without an id is never traced, whatever the sampler says.
_REQUEST_ID: Json = {
    "@type": f"{_TYPE}extensions.request_id.uuid.v3.UuidRequestIdConfig",
    "pack_trace_reason": False,
    "use_request_id_for_trace_sampling": False,
}
TRACE_PERCENT = 5.0
"""Requests in no trace yet for which a proxy begins one, unless said otherwise."""

_RUNTIME = {"flush_interval_ms": 500, "min_flush_spans": 64}


@dataclass(frozen=True)
class Tracing:
    """A collector of OTLP over HTTP on this machine, and the percentage of traces it is to get."""

    port: int
    percent: float = TRACE_PERCENT


def sidecar_name(workload: str, namespace: str) -> str:
    """What a workload's proxy is called in traces, as Istio calls it."""
    return f"{workload}.{namespace}"


def connection_manager(tracing: Tracing, name: str) -> Json:
    """The fields of a connection manager whose spans are of the service `name`."""
    ratio = {
        "name": "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
        "typed_config": {
            "@type": f"{_TYPE}{_SAMPLERS}TraceIdRatioBasedSamplerConfig",
            "sampling_percentage": {
                "numerator": round(tracing.percent * 10_000),
                "denominator": "MILLION",
            },
        },
    }
    config = {
        "@type": f"{_TYPE}config.trace.v3.OpenTelemetryConfig",
        "http_service": {
            "http_uri": {
                "uri": f"http://127.0.0.1:{tracing.port}{PATH}",
                "cluster": CLUSTER,
                "timeout": "2s",
            }
        },
        "service_name": name,
        "sampler": {
            "name": "envoy.tracers.opentelemetry.samplers.parent_based",
            "typed_config": {
                "@type": f"{_TYPE}{_SAMPLERS}ParentBasedSamplerConfig",
                "wrapped_sampler": ratio,
            },
        },
    }
    provider = {"name": "envoy.tracers.opentelemetry", "typed_config": config}
    return {
        "tracing": {"provider": provider, "max_path_tag_length": _MAX_PATH},
        "request_id_extension": {"typed_config": _REQUEST_ID},
    }


def runtime() -> Json:
    """The layer of Envoy's runtime that sends spans early, a page of them at once."""
    settings = {f"tracing.opentelemetry.{name}": value for name, value in _RUNTIME.items()}
    return {"layers": [{"name": "tracing", "static_layer": settings}]}
