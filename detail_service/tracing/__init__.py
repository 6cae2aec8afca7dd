"""X-Ray tracing on aws-xray-sdk, by its extension points; W3C headers and OTLP beside it.

The SDK gives the recorder, the segment models, the header, the local sampler and the UDP emitter.
Ours are what it lacks for asyncio: a context that lives in contextvars, an ASGI side (`tracer`),
an httpx2 transport (`outgoing`), an emitter that counts, an import without botocore (`sdk`), the
headers of both worlds (`propagation`), and segments as OpenTelemetry spans (`otlp`).
"""

from detail_service.tracing.sdk import check_environment, without_central_sampler

check_environment()

with without_central_sampler():
    import aws_xray_sdk.core  # noqa: F401
