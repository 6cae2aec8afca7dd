"""Open Service Mesh: requests to the Deployment."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile, ratio

_TARGET = (
    'destination_namespace="{{ namespace }}", destination_kind="Deployment",'
    ' destination_name="{{ target }}"'
)

QUERIES = Queries(
    ratio("osm_request_total", _TARGET, 'response_code!~"5.*"'),
    quantile("osm_request_duration_ms_bucket", _TARGET),
)
