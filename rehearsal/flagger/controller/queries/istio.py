"""Istio, and every provider that has no queries of its own: the server side of the mesh."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile, ratio

_WORKLOAD = (
    'reporter="destination", destination_workload_namespace="{{ namespace }}",'
    ' destination_workload=~"{{ target }}"'
)

QUERIES = Queries(
    ratio("istio_requests_total", _WORKLOAD, 'response_code!~"5.*"'),
    quantile("istio_request_duration_milliseconds_bucket", _WORKLOAD),
)
