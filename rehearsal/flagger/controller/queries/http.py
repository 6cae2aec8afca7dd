"""`kubernetes` and `gatewayapi:*`: the metrics of the application itself, in seconds."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile, ratio

_POD = (
    'kubernetes_namespace="{{ namespace }}",'
    ' kubernetes_pod_name=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'
)

QUERIES = Queries(
    ratio("http_request_duration_seconds_count", _POD, 'status!~"5.*"'),
    quantile("http_request_duration_seconds_bucket", _POD),
    ms_per_unit=1000,
    wraps_errors=False,
)
