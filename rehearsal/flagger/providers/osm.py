"""Provider `osm`: Open Service Mesh over SMI v1alpha2; requests to the Deployment."""

from __future__ import annotations

from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import Queries, quantile, ratio
from rehearsal.flagger.providers.series import Labels, Series, Subject, code_label
from rehearsal.flagger.providers.smi import SmiRouter, SmiV1Alpha2Router

_TARGET = (
    'destination_namespace="{{ namespace }}", destination_kind="Deployment",'
    ' destination_name="{{ target }}"'
)


def _labels(subject: Subject) -> list[Labels]:
    return [
        {
            "destination_namespace": subject.namespace,
            "destination_kind": "Deployment",
            "destination_name": subject.workload,
            "destination_pod": subject.pod,
        }
    ]


_SERIES = Series(
    "pod",
    _labels,
    code_label("response_code"),
    counter="osm_request_total",
    histogram="osm_request_duration_ms",
    times_by_code=False,
)


PROVIDERS = (
    Provider(
        "osm",
        SmiV1Alpha2Router,
        Queries(
            ratio("osm_request_total", _TARGET, 'response_code!~"5.*"'),
            quantile("osm_request_duration_ms_bucket", _TARGET),
        ),
        series=(_SERIES,),
        resources=(SmiRouter.resource,),
    ),
)
