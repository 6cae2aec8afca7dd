"""Plans that a provider cannot follow, and providers that are not what they seem."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.lint.rule import Finding, Rule, Situation

_PROVIDER = "spec.provider"


def bare_appmesh(situation: Situation) -> Iterator[Finding]:
    if situation.provider == "appmesh":
        text = "is the v1beta1 API, which no current cluster serves; write appmesh:v1beta2"
        yield Finding("bare-appmesh", _PROVIDER, text)


def appmesh_has_ended(situation: Situation) -> Iterator[Finding]:
    if situation.provider.startswith("appmesh"):
        text = "AWS ended App Mesh on 2026-09-30; gatewayapi:v1 is the way on"
        yield Finding("appmesh-ends", _PROVIDER, text)


def mirror_unread(situation: Situation) -> Iterator[Finding]:
    if situation.is_weighted and situation.analysis.mirror and situation.provider != "istio":
        text = (
            f"{situation.provider or 'the provider'} cannot read mirroring back, only istio can:"
            " a weighted run stays at weight 0 for good"
        )
        yield Finding("mirror-unread", "spec.analysis.mirror", text)


def weights_on_kubernetes(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if situation.provider == "kubernetes" and analysis.iterations < 1:
        text = "shifts no traffic: the run becomes Blue/Green with 10 iterations"
        yield Finding("weights-on-kubernetes", _PROVIDER, text)


def match_on_kubernetes(situation: Situation) -> Iterator[Finding]:
    if situation.provider == "kubernetes" and situation.analysis.match:
        text = "is dropped: the provider kubernetes cannot do A/B testing"
        yield Finding("match-on-kubernetes", "spec.analysis.match", text)


def apex_load_on_kubernetes(situation: Situation) -> Iterator[Finding]:
    """The apex never reaches the canary there."""
    if situation.provider != "kubernetes":
        return
    canary = situation.canary
    host = f"{canary.apex_service}.{canary.namespace}"
    for index, hook in enumerate(situation.analysis.webhooks):
        if f"//{host}" in (hook.metadata or {}).get("cmd", ""):
            field = f"spec.analysis.webhooks[{index}].metadata.cmd"
            text = f"{host} never reaches the canary here; use {canary.apex_service}-canary"
            yield Finding("apex-load-on-kubernetes", field, text)


def match_without_iterations(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    if analysis.match and analysis.iterations < 1 and situation.provider != "kubernetes":
        text = "needs iterations: without them it is a weighted run among matching requests only"
        yield Finding("match-without-iterations", "spec.analysis.match", text)


def gateway_refs_missing(situation: Situation) -> Iterator[Finding]:
    is_gateway = situation.provider.startswith("gatewayapi")
    if is_gateway and not situation.canary.spec.service.gateway_refs:
        text = "is required by the Gateway API: every tick ends with a warning"
        yield Finding("gateway-refs-missing", "spec.service.gatewayRefs", text)


def ingress_ref_missing(situation: Situation) -> Iterator[Finding]:
    needs = situation.provider in ("nginx", "skipper")
    if needs and situation.canary.spec.ingress_ref is None:
        text = f"is required by {situation.provider}: every tick ends with a warning"
        yield Finding("ingress-ref-missing", "spec.ingressRef", text)


def route_ref_missing(situation: Situation) -> Iterator[Finding]:
    if situation.provider == "apisix" and situation.canary.spec.route_ref is None:
        text = "is required by apisix: every tick ends with a warning"
        yield Finding("route-ref-missing", "spec.routeRef", text)


def suffix_on_gateway(situation: Situation) -> Iterator[Finding]:
    if not situation.provider.startswith("gatewayapi"):
        return
    for index, match in enumerate(situation.analysis.match):
        for header, condition in match.headers.items():
            if condition.suffix is not None:
                field = f"spec.analysis.match[{index}].headers.{header}.suffix"
                yield Finding("suffix-on-gateway", field, "is ignored by the Gateway API")


def same_cookie(situation: Situation) -> Iterator[Finding]:
    affinity = situation.analysis.session_affinity
    if affinity and affinity.cookie_name == affinity.primary_cookie_name:
        text = "is also the primary's: Flagger drops the canary without an event"
        yield Finding("same-cookie", "spec.analysis.sessionAffinity.cookieName", text)


def daemon_set_builtins(situation: Situation) -> Iterator[Finding]:
    """Pods of a DaemonSet have one part less in their names than the queries expect."""
    provider, kind = situation.provider, situation.canary.spec.target_ref.kind
    by_pod = provider.startswith(("appmesh", "gatewayapi")) or provider == "kubernetes"
    builtins = any(metric.is_builtin for metric in situation.analysis.metrics)
    if kind == "DaemonSet" and by_pod and builtins:
        text = "the builtin queries of this provider match the primary's pods, not the canary's"
        yield Finding("daemon-set-builtins", "spec.analysis.metrics", text)


RULES: tuple[Rule, ...] = (
    bare_appmesh,
    appmesh_has_ended,
    mirror_unread,
    weights_on_kubernetes,
    match_on_kubernetes,
    apex_load_on_kubernetes,
    match_without_iterations,
    gateway_refs_missing,
    ingress_ref_missing,
    route_ref_missing,
    suffix_on_gateway,
    same_cookie,
    daemon_set_builtins,
)
