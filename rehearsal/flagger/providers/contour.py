"""Provider `contour` (flagger pkg/router/contour.go): the Envoy cluster of the canary service."""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.routing import Rule
from rehearsal.flagger.controller.services import metadata
from rehearsal.flagger.providers.provider import MatchSupport, Provider, ServicePolicies
from rehearsal.flagger.providers.queries import envoy
from rehearsal.flagger.providers.router import ObjectRouter, Wording, uri_prefix
from rehearsal.flagger.providers.series import Labels, Subject, envoy_series


class ContourRouter(ObjectRouter):
    """An HTTPProxy: prefixes and suffixes of headers become `contains`, regexes are dropped."""

    resource = "httpproxies.projectcontour.io"
    wording = Wording(
        "HTTPProxy {full} created",
        "HTTPProxy {full} updated",
        "router/contour.go:203",
        "router/contour.go:229",
        unreadable="HTTPProxy {full} get query error {absent}",
        unwritable="HTTPProxy {full} query error: {absent}",
    )
    refuses_empty = "HTTPProxy {full} update failed: no valid weights"

    def content(self, canary: Canary) -> object:
        service = canary.spec.service
        headers = [match.headers for match in canary.spec.analysis.match]
        return (
            uri_prefix(canary),
            service.timeout,
            service.retries,
            (canary.apex_service, service.port),
            metadata(service.apex),
            headers,
        )

    def rules(self, canary: Canary, primary: int, weight: int) -> tuple[Rule, ...]:
        (weighted,) = super().rules(canary, primary, weight)
        if not canary.spec.analysis.match:
            return (weighted,)
        (everyone_else,) = super().rules(canary, 100, 0)
        return (replace(weighted, matches=canary.spec.analysis.match), everyone_else)


def _labels(subject: Subject) -> list[Labels]:
    return [{"envoy_cluster_name": f"{subject.namespace}_{subject.service}_{subject.port}"}]


PROVIDERS = (
    Provider(
        "contour",
        ContourRouter,
        envoy('envoy_cluster_name=~"{{ namespace }}_{{ service }}-canary_[0-9a-zA-Z-]+"'),
        series=(envoy_series("service", _labels),),
        resources=(ContourRouter.resource,),
        match=MatchSupport(frozenset({"exact", "prefix", "suffix"}), unordered=True),
        policies=ServicePolicies(timeouts_and_retries=True),
    ),
)
