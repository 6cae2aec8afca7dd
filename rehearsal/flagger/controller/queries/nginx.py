"""ingress-nginx: the canary ingress; the duration is a mean, not a percentile."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, ratio

_CANARY = 'namespace="{{ namespace }}", ingress="{{ ingress }}", canary!=""'
_TIME = "nginx_ingress_controller_response_duration_seconds"
_SUM = f"sum( rate( {_TIME}_sum{{ {_CANARY} }}[{{{{ interval }}}}] ) )"
_COUNT = f"sum( rate( {_TIME}_count{{ {_CANARY} }}[{{{{ interval }}}}] ) )"

QUERIES = Queries(
    ratio("nginx_ingress_controller_requests", _CANARY, 'status!~"5.*"'),
    f" {_SUM} / {_COUNT} * 1000",
)
