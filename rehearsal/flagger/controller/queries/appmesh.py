"""App Mesh: the sidecar of each pod counts its ingress and the app's own calls alike."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile, ratio

_POD = (
    'kubernetes_namespace="{{ namespace }}",'
    ' kubernetes_pod_name=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'
)

QUERIES = Queries(
    ratio("envoy_cluster_upstream_rq", _POD, 'envoy_response_code!~"5.*"'),
    quantile("envoy_cluster_upstream_rq_time_bucket", _POD),
)
