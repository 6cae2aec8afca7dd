"""Provider `linkerd`: Linkerd over SMI, not over the Gateway API; what its proxies receive."""

from __future__ import annotations

from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries, quantile
from rehearsal.flagger.providers.smi import SmiRouter

_TARGET = 'namespace="{{ namespace }}", deployment=~"{{ target }}"'
_INBOUND = 'direction="inbound"'
_RATE = "sum( rate( response_total{ %s }[{{ interval }}] ) )"
_GOOD = _RATE % f'{_TARGET}, classification!="failure", {_INBOUND}'
_ALL = _RATE % f"{_TARGET}, {_INBOUND}"

PROVIDERS = (
    Provider(
        "linkerd",
        SmiRouter,
        Queries(
            f" {_GOOD} / {_ALL} * 100",
            quantile("response_latency_ms_bucket", f"{_TARGET}, {_INBOUND}"),
        ),
        resources=(SmiRouter.resource,),
    ),
)
