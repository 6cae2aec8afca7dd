"""Linkerd over SMI (not the Gateway API): what its proxies receive."""

from __future__ import annotations

from rehearsal.flagger.controller.queries.base import Queries, quantile

_TARGET = 'namespace="{{ namespace }}", deployment=~"{{ target }}"'
_INBOUND = 'direction="inbound"'
_RATE = "sum( rate( response_total{ %s }[{{ interval }}] ) )"
_GOOD = _RATE % f'{_TARGET}, classification!="failure", {_INBOUND}'
_ALL = _RATE % f"{_TARGET}, {_INBOUND}"

QUERIES = Queries(
    f" {_GOOD} / {_ALL} * 100",
    quantile("response_latency_ms_bucket", f"{_TARGET}, {_INBOUND}"),
)
