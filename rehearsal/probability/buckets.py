"""The bounds of the histograms that providers measure durations with, in seconds.

Envoy's are its default (source/common/stats/histogram_impl.cc), an application's are those of Go's
client, which podinfo has too (DefBuckets); Linkerd's, Traefik's and APISIX's are their proxies'
defaults. All can be configured otherwise.
"""

from __future__ import annotations

_ENVOY_MS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
_ENVOY_REST_MS = (300_000, 600_000, 1_800_000, 3_600_000)
_LINKERD_MS = tuple(
    factor * scale for scale in (1, 10, 100, 1000, 10_000) for factor in (1, 2, 3, 4, 5)
)
_APISIX_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)

ENVOY = tuple(ms / 1000 for ms in (*_ENVOY_MS, *_ENVOY_REST_MS))
GO = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LINKERD = tuple(ms / 1000 for ms in _LINKERD_MS)
TRAEFIK = (0.1, 0.3, 1.2, 5.0)
APISIX = tuple(ms / 1000 for ms in _APISIX_MS)

_MARKS = (
    (("traefik",), TRAEFIK),
    (("response_latency_ms",), LINKERD),
    (("apisix",), APISIX),
    (("http_request_duration_seconds",), GO),
)


def buckets_of(query: str) -> tuple[float, ...]:
    """The finite bounds of the histogram that a query asks; Envoy's if it is not known."""
    for marks, bounds in _MARKS:
        if any(mark in query for mark in marks):
            return bounds
    return ENVOY
