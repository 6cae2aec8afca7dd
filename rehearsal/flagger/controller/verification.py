"""What Flagger never schedules although the API server took it (controller.go, verifyCanary)."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import VerificationError
from rehearsal.flagger.controller.flags import Flags

KNATIVE = "knative"


def verify(canary: Canary, flags: Flags) -> None:
    """Raise VerificationError for the first reason, in Flagger's words."""
    for reason in reasons(canary, flags):
        raise VerificationError(f"invalid canary spec: {reason}")


def reasons(canary: Canary, flags: Flags) -> Iterator[str]:
    """Every reason why this canary would never be scheduled."""
    if flags.no_cross_namespace_refs:
        yield from _cross_namespace(canary)
    yield from _knative(canary)
    affinity = canary.spec.analysis.session_affinity
    if affinity and affinity.cookie_name == affinity.primary_cookie_name:
        yield (
            "can't use the same cookie name for both primary and cookie name;"
            " please update them to be different"
        )


def _cross_namespace(canary: Canary) -> Iterator[str]:
    blocked = "cross-namespace references are blocked"
    home = canary.namespace
    upstream = canary.spec.upstream_ref
    if upstream and (upstream.namespace or home) != home:
        name = f"{upstream.name}.{upstream.namespace}"
        yield f"can't access gloo upstream {name}, {blocked}"
    for metric in canary.spec.analysis.metrics:
        ref = metric.template_ref
        if ref and ref.namespace_for(home) != home:
            yield f"can't access metric template {ref.name}.{ref.namespace}, {blocked}"
    for alert in canary.spec.analysis.alerts:
        ref = alert.provider_ref
        if ref.namespace_for(home) != home:
            yield f"can't access alert provider {ref.name}.{ref.namespace}, {blocked}"


def _knative(canary: Canary) -> Iterator[str]:
    target, provider = canary.spec.target_ref, canary.spec.provider or ""
    if target.is_knative and provider != KNATIVE:
        yield f"can't use {provider} provider with Knative Service as target"
    elif provider == KNATIVE and not target.is_knative:
        yield (
            f"can't use {target.api_version}/{target.kind} as target if provider is set to knative"
        )
    if target.is_knative and canary.spec.autoscaler_ref is not None:
        yield "can't use autoscaler with Knative Service"
