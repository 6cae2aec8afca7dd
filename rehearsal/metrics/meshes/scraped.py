"""What would be scraped from a provider's proxies: its series, with the counts of Envoy."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rehearsal.flagger.providers import PROVIDERS
from rehearsal.flagger.providers.series import ENVOY_MS, Labels, Series, Subject
from rehearsal.metrics.exposition import Sample
from rehearsal.metrics.meshes.counts import EnvoyCounts, RequestCounter
from rehearsal.metrics.promql.aggregation import value_text
from rehearsal.metrics.series import NAME

_MORE_MS = (75.0, 150.0, 350.0, 750.0)


def _all_bounds_ms() -> tuple[float, ...]:
    bounds = {*ENVOY_MS, *_MORE_MS}
    for provider in PROVIDERS:
        for one in provider.series or ():
            bounds.update(one.bounds_ms)
    return tuple(sorted(bounds))


BUCKETS_MS = _all_bounds_ms()
"""The bounds that Envoy has to count by, so that each provider's are among them."""


def scraped(series: Series, subject: Subject, requests: RequestCounter) -> Iterator[Sample]:
    """All samples of a subject."""
    for labels in series.labels(subject):
        if series.counter:
            for code, count in requests.total.codes.items():
                named = {NAME: series.counter, **labels, **series.code_labels(code)}
                yield Sample(named, count)
        if series.histogram and series.times_by_code:
            for code, counts in requests.by_code.items():
                yield from _times(series, {**labels, **series.code_labels(code)}, counts)
        elif series.histogram:
            yield from _times(series, labels, requests.total)


def _times(series: Series, labels: Labels, counts: EnvoyCounts) -> Iterator[Sample]:
    known = counts.buckets
    bounds = [bound for bound in series.bounds_ms if bound in known] or sorted(known)
    for bound in (*(b for b in bounds if not math.isinf(b)), math.inf):
        le = value_text(bound / series.unit_ms)
        named = {NAME: f"{series.histogram}_bucket", **labels, "le": le}
        yield Sample(named, known.get(bound, 0.0))
    yield Sample({NAME: f"{series.histogram}_sum", **labels}, counts.sum_ms / series.unit_ms)
    yield Sample({NAME: f"{series.histogram}_count", **labels}, counts.timed)
