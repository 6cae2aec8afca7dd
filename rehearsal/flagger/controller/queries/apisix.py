"""APISIX: the canary's route at the gateway."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile, ratio

_ROUTE = 'route=~"{{ namespace }}_{{ route }}-{{ target }}-canary_.+"'

QUERIES = Queries(
    ratio("apisix_http_status", _ROUTE, 'code!~"5.."'),
    quantile("apisix_http_latency_bucket", f'type=~"request", {_ROUTE}'),
)
