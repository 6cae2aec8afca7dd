"""X-Ray tracing on aws-xray-sdk, by its extension points.

The SDK gives the recorder, the segment models, the header, the local sampler and the UDP emitter.
Ours are what it lacks for asyncio: a context that lives in contextvars, an ASGI side (`tracer`),
an httpx2 transport (`outgoing`), an emitter that counts, and an import without botocore (`sdk`).
"""

from detail_service.tracing.sdk import check_daemon_address, without_central_sampler

check_daemon_address()

with without_central_sampler():
    import aws_xray_sdk.core  # noqa: F401
