"""Rules on the autoscaler of the target."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.rules.examples import SCALED, autoscaler
from rehearsal.linting.subject import Subject
from rehearsal.manifests.workloads import AutoscalerSpec, ScaledObjectSpec


@rule(
    "autoscaler-target",
    "error",
    reason="Flagger copies the autoscaler of the target for the primary and holds the target's at"
    " its minimum between releases. One that scales another workload leaves the target"
    " alone.",
    remedy="Let the autoscaler's scaleTargetRef name the Canary's target.",
    bad=SCALED + autoscaler("detail-primary"),
    good=SCALED + autoscaler(),
    source="flagger pkg/canary/hpa_reconciler.go",
)
def autoscaler_target(subject: Subject) -> Iterator[Hit]:
    ref = subject.spec.autoscaler_ref
    scaler = subject.find(ref.kind, ref.name) if ref else None
    if scaler is None or not isinstance(scaler.spec, AutoscalerSpec | ScaledObjectSpec):
        return
    scaled = scaler.spec.scale_target_ref.name
    if scaled != subject.spec.target_ref.name:
        text = f"scales {scaled}, and the Canary's target is {subject.spec.target_ref.name}"
        yield Hit(scaler, ("spec", "scaleTargetRef", "name"), text)


@rule(
    "autoscaler-not-named",
    "warning",
    reason="Flagger copies only the autoscaler that the Canary names. Without autoscalerRef the"
    " primary, which serves all users, has none and keeps its replicas; and the target's"
    " autoscaler raises it again after Flagger has scaled it to zero.",
    remedy="Name the autoscaler in spec.autoscalerRef.",
    bad=autoscaler(),
    good=SCALED + autoscaler(),
    source="flagger docs, how it works: canary target; flagger pkg/canary/hpa_reconciler.go",
)
def autoscaler_not_named(subject: Subject) -> Iterator[Hit]:
    ref = subject.spec.target_ref
    if subject.spec.autoscaler_ref is not None:
        return
    for scaler in subject.manifests.of_kind("HorizontalPodAutoscaler"):
        if not isinstance(scaler.spec, AutoscalerSpec) or scaler.namespace != subject.namespace:
            continue
        scaled = scaler.spec.scale_target_ref
        if (scaled.kind, scaled.name) == (ref.kind, ref.name):
            text = f"the autoscaler {scaler.name} scales the target and is not named here"
            yield Hit(subject.manifest, ("spec", "autoscalerRef"), text)
