"""The bounds of the histograms that durations are measured with, in seconds, told by their names.

A provider's are those of its series; an application's are taken to be those of Go's client, which
podinfo has too (DefBuckets). All can be configured otherwise.
"""

from __future__ import annotations

from functools import cache

from rehearsal.flagger.providers import PROVIDERS
from rehearsal.flagger.providers.series import ENVOY_MS, GO_MS, MS_PER_S

_APPLICATION = "http_request_duration_seconds"


@cache
def _bounds_ms() -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Histogram and bounds, the longest names first."""
    series = [one for provider in PROVIDERS for one in provider.series or () if one.histogram]
    known = {_APPLICATION: GO_MS, **{one.histogram: one.bounds_ms for one in series}}
    return tuple(sorted(known.items(), key=lambda item: (-len(item[0]), item[0])))


def buckets_of(query: str) -> tuple[float, ...]:
    """The finite bounds of the histogram that a query asks; Envoy's if it is not known."""
    found = next((bounds for name, bounds in _bounds_ms() if name in query), ENVOY_MS)
    return tuple(bound / MS_PER_S for bound in found)
