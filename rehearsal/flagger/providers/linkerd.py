"""Provider `linkerd`: Linkerd over SMI, not over the Gateway API; what its proxies receive."""

from __future__ import annotations

from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries, quantile
from rehearsal.flagger.providers.series import Labels, Series, Subject, no_code
from rehearsal.flagger.providers.smi import SmiRouter

_TARGET = 'namespace="{{ namespace }}", deployment=~"{{ target }}"'
_INBOUND = 'direction="inbound"'
_RATE = "sum( rate( response_total{ %s }[{{ interval }}] ) )"
_GOOD = _RATE % f'{_TARGET}, classification!="failure", {_INBOUND}'
_ALL = _RATE % f"{_TARGET}, {_INBOUND}"


_BOUNDS_MS = tuple(
    base * 10**power for power in range(5) for base in (1, 2, 3, 4, 5) if base * 10**power <= 50_000
)


def _labels(subject: Subject) -> list[Labels]:
    return [
        {
            "namespace": subject.namespace,
            "deployment": subject.workload,
            "pod": subject.pod,
            "direction": "inbound",
            "tls": "true",
        }
    ]


def _code_labels(code: str) -> Labels:
    failed = code.startswith("5")
    return {"status_code": code, "classification": "failure" if failed else "success"}


SERIES = (
    Series(
        "pod",
        _labels,
        _code_labels,
        counter="response_total",
        histogram="response_latency_ms",
        bounds_ms=_BOUNDS_MS,
    ),
    Series("pod", _labels, no_code, counter="request_total"),
)


PROVIDERS = (
    Provider(
        "linkerd",
        SmiRouter,
        Queries(
            f" {_GOOD} / {_ALL} * 100",
            quantile("response_latency_ms_bucket", f"{_TARGET}, {_INBOUND}"),
        ),
        series=SERIES,
        resources=(SmiRouter.resource,),
    ),
)
