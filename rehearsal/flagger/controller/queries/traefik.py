"""Traefik: the canary's service at the proxy."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile

_SERVICE = 'service=~"{{ namespace }}-{{ target }}-canary-[0-9a-zA-Z-]+@kubernetescrd"'
_TIME = "traefik_service_request_duration_seconds_bucket"
_GOOD = f'{_TIME}{{ {_SERVICE}, code!~"5..", le="+Inf" }}[{{{{ interval }}}}]'
_ALL = f'{_TIME}{{ {_SERVICE}, le="+Inf" }}[{{{{ interval }}}}]'

QUERIES = Queries(
    f" sum( rate( {_GOOD} ) ) / sum( rate( {_ALL} ) ) * 100",
    quantile(_TIME, _SERVICE) + " * 1000",
)
