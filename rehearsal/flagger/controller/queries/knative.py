"""Knative: the Envoy cluster of the revision."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile

_CLUSTER = 'envoy_cluster_name=~"{{ namespace }}/{{ route }}"'
_COUNTER = "envoy_cluster_upstream_rq"
_GOOD = f'{_COUNTER}{{ {_CLUSTER}, envoy_response_code!~"5.*" }}[{{{{ interval }}}}]'
_ALL = f"{_COUNTER}{{ {_CLUSTER}, }}[{{{{ interval }}}}]"

QUERIES = Queries(
    f" sum( rate( {_GOOD} ) ) / sum( rate( {_ALL} ) ) * 100",
    quantile(f"{_COUNTER}_time_bucket", f"{_CLUSTER},"),
)
