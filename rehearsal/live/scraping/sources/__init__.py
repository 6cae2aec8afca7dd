"""Where the samples of a provider's checks come from: one file per kind of source.

A source is chosen by the canary's provider, because Flagger's builtin checks read other series for
each (flagger pkg/metrics/observers/factory.go).
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from rehearsal.live.scraping.sources.application import ApplicationSource
from rehearsal.live.scraping.sources.sidecar import SidecarSource
from rehearsal.live.scraping.sources.target import Target
from rehearsal.metrics.exposition import Sample

__all__ = ["SOURCES", "ApplicationSource", "Sample", "SidecarSource", "Source", "Target", "source"]


class Source(Protocol):
    """Something that can be scraped: samples of all targets at this moment."""

    async def scrape(self, targets: Iterable[Target]) -> list[Sample]: ...


SOURCES: dict[str, Callable[..., Source]] = {
    "appmesh": SidecarSource,
    "appmesh:v1beta2": SidecarSource,
    "kubernetes": ApplicationSource,
    "gatewayapi:v1": ApplicationSource,
    "gatewayapi:v1beta1": ApplicationSource,
}


def source(provider: str) -> Callable[..., Source] | None:
    """The source for a provider, or None where this machine has nothing of that shape."""
    return SOURCES.get(provider)
