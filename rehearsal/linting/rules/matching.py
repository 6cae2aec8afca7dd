"""Rules on match conditions: A/B tests that a provider cannot route."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.match import HeaderMatch
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, Subject

_MATCH: Path = (*ANALYSIS, "match")
_AB = "analysis: {iterations: 5, match: [{headers: {x-canary: {exact: always}}}]}"
_GATEWAY = "provider: gatewayapi:v1\nservice: {port: 3000, gatewayRefs: [{name: gateway}]}\n"


@rule(
    "match-ignored",
    "error",
    reason="Some providers do not look at analysis.match. A run with match and iterations then"
    " sends all users to the canary from its first iteration on, or, on kubernetes, none.",
    remedy="Use a provider that routes by headers (istio, gatewayapi, contour, gloo, nginx), or"
    " remove match.",
    bad=f"provider: traefik\n{_AB}",
    good=f"provider: istio\n{_AB}",
    source="flagger pkg/router: traefik.go, skipper.go, apisix.go, kuma.go, smi.go",
)
def match_ignored(subject: Subject) -> Iterator[Hit]:
    facts = subject.provider_facts
    if not subject.analysis.match or not facts.match.is_ignored:
        return
    if not facts.shifts_traffic:
        text = f"is dropped: {subject.provider} cannot route by headers"
    elif subject.analysis.iterations > 0:
        text = f"{subject.provider} does not read it: all users meet the canary from the start"
    else:
        text = f"{subject.provider} does not read it: weights apply to all users"
    yield Hit(subject.manifest, _MATCH, text)


@rule(
    "match-without-iterations",
    "warning",
    reason="match makes an A/B test only together with iterations. With weights it means different"
    " things to different providers: istio shifts weights among the matching requests alone,"
    " and nginx sends all of them to the canary and promotes after one step.",
    remedy="Replace stepWeight by iterations for an A/B test, or remove match.",
    bad="analysis: {stepWeight: 10, match: [{headers: {x-canary: {exact: always}}}]}",
    good=_AB,
    source="flagger docs, A/B testing; pkg/router/ingress.go, SetRoutes",
)
def match_without_iterations(subject: Subject) -> Iterator[Hit]:
    facts = subject.provider_facts
    if subject.analysis.match and subject.analysis.iterations < 1 and not facts.match.is_ignored:
        text = "needs iterations; with weights it is no A/B test"
        yield Hit(subject.manifest, _MATCH, text)


@rule(
    "match-condition-ignored",
    "error",
    reason="A provider writes only the conditions on headers that it knows into its object. What is"
    " left out does not limit who meets the canary; some providers drop the whole match then.",
    remedy="Use one of the conditions that the message names.",
    bad=_GATEWAY + "analysis: {iterations: 5, match: [{headers: {x: {suffix: beta}}}]}",
    good=_GATEWAY + "analysis: {iterations: 5, match: [{headers: {x: {exact: beta}}}]}",
    source="flagger pkg/router: gateway_api.go, contour.go, gloo.go, istio.go, ingress.go",
)
def match_condition_ignored(subject: Subject) -> Iterator[Hit]:
    known = subject.provider_facts.match
    if known.is_ignored:
        return
    for index, match in enumerate(subject.analysis.match):
        for header, condition in match.headers.items():
            kind = _kind(condition)
            if kind not in known.headers:
                allowed = ", ".join(sorted(known.headers))
                text = f"{subject.provider} does not know {kind}, only {allowed}"
                yield Hit(subject.manifest, (*_MATCH, index, "headers", header, kind), text)
        for key, given, read in (
            ("queryParams", match.query_params, known.query_params),
            ("sourceLabels", match.source_labels, known.source_labels),
        ):
            if given and not read:
                text = f"{subject.provider} does not read it"
                yield Hit(subject.manifest, (*_MATCH, index, key), text)


def _kind(condition: HeaderMatch) -> str:
    kinds = ("exact", "prefix", "suffix", "regex")
    return next(kind for kind in kinds if getattr(condition, kind) is not None)


@rule(
    "match-many-headers",
    "error",
    reason="Flagger keeps the headers of a match in a Go map, whose order changes from tick to"
    " tick. These providers compare the written object with the next one in order: with two headers"
    " they rewrite it at random, and the weights go back to 100/0 in mid-run. nginx reads one"
    " header of them, any.",
    remedy="Use one header in a match; write several matches where either may hold.",
    bad=_GATEWAY
    + "analysis: {iterations: 5, match: [{headers: {a: {exact: beta}, b: {exact: beta}}}]}",
    good=_GATEWAY + "analysis: {iterations: 5, match: [{headers: {a: {exact: beta}}}]}",
    source="flagger pkg/router: contour.go, gloo.go, gateway_api.go, appmesh_v1beta2.go",
)
def match_many_headers(subject: Subject) -> Iterator[Hit]:
    support = subject.provider_facts.match
    limited, single = support.unordered, support.max_headers == 1
    for index, match in enumerate(subject.analysis.match):
        if len(match.headers) > 1 and (limited or single):
            effect = "reads one of them, any" if single else "resets the weights at random"
            text = f"{len(match.headers)} headers: {subject.provider} {effect}"
            yield Hit(subject.manifest, (*_MATCH, index, "headers"), text)


@rule(
    "gateway-match-prefix",
    "error",
    reason="Gateway API has no prefix for headers, methods or query parameters. Flagger refuses"
    " spec.service.match with one on every tick, and the canary is never initialised.",
    remedy="Use exact or regex.",
    bad="""\
provider: gatewayapi:v1
service:
  port: 3000
  gatewayRefs: [{name: gateway}]
  match: [{headers: {x: {prefix: beta}}}]
""",
    good="""\
provider: gatewayapi:v1
service:
  port: 3000
  gatewayRefs: [{name: gateway}]
  match: [{headers: {x: {regex: "beta.*"}}}]
""",
    source="flagger pkg/router/gateway_api.go, mapRouteMatches",
)
def gateway_match_prefix(subject: Subject) -> Iterator[Hit]:
    if not subject.provider.startswith("gatewayapi"):
        return
    for index, match in enumerate(subject.spec.service.match):
        here: Path = ("spec", "service", "match", index)
        conditions = {(*here, "headers", name): one for name, one in match.headers.items()}
        conditions |= {(*here, "queryParams", key): one for key, one in match.query_params.items()}
        if match.method is not None:
            conditions[*here, "method"] = match.method
        for path, condition in conditions.items():
            if condition.prefix is not None:
                text = "Gateway API knows no prefix here: the canary is never initialised"
                yield Hit(subject.manifest, (*path, "prefix"), text)
